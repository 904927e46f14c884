import { directorySink, type QuantizedDType, quantizeModel } from '@audiozoo/converters';
import { openFiles } from '@audiozoo/core/files';
import { formatBytes, formatCount, formatDescription } from '../format.js';
import { loadPlugins } from '../plugin.js';
import type { CommonFlags, Session } from '../session.js';

export interface QuantizeFlags extends CommonFlags {
  readonly model: string;
  readonly out: string;
  readonly dtype: QuantizedDType;
  readonly json?: boolean;
}

export async function quantize(flags: QuantizeFlags, session: Session): Promise<void> {
  const { model, out, dtype } = flags;
  const { models } = await loadPlugins(flags.plugin);
  const files = await openFiles(model);
  const progress = await session.progress('MB', 1e6);
  const report = await quantizeModel(files, {
    models,
    output: directorySink(out),
    dtype,
    signal: session.signal,
    onProgress: ({ done, total }) => progress?.update(done, total),
  }).finally(() => progress?.stop());

  if (flags.json) session.printJson({ model, out, ...report });
  else {
    const { recognized, parameters, bytes } = report;
    session.print(
      `${model}: ${formatDescription(recognized)}\n` +
        `Wrote ${out}: ${formatCount(parameters)} parameters as ${dtype}, ${formatBytes(bytes)}`,
    );
  }
}
