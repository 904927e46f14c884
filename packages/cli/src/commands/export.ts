import { type ExportedFile, exportOnnx } from '@audiozoo/converters';
import { type ModelInput, openModelDirectory } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { chooseModel } from '@audiozoo/tasks';
import { formatBytes } from '../format.js';
import { checkOutput } from '../output-file.js';
import { loadPlugins } from '../plugin.js';
import type { CommonFlags, Session } from '../session.js';

export interface ExportFlags extends CommonFlags {
  readonly model: string;
  readonly out: string;
  readonly weights: 'inline' | 'external';
  readonly input: ModelInput;
  readonly json?: boolean;
}

export async function exportModel(flags: ExportFlags, session: Session): Promise<void> {
  const { signal } = session;
  const { models } = await loadPlugins(flags.plugin);
  await checkOutput(flags.out);
  const directory = await openModelDirectory(await openFiles(flags.model), { signal: session.signal });
  const progress = await session.progress('MB', 1e6);
  let files: readonly ExportedFile[];
  try {
    files = await exportOnnx(chooseModel(models, directory.config.model_type), directory, {
      out: flags.out,
      weights: flags.weights,
      input: flags.input,
      signal,
      onProgress: ({ done, total }) => progress?.update(done, total),
    });
  } finally {
    progress?.stop();
    await directory.weights.close();
  }

  if (flags.json) session.printJson({ model: flags.model, files });
  else session.print(files.map(({ path, bytes }) => `Wrote ${path}: ${formatBytes(bytes)}`).join('\n'));
}
