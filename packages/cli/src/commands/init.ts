import { directorySink, initializeModel } from '@audiozoo/converters';
import { withSource } from '../checkpoint-source.js';
import { type ConversionFlags, conversionOptions, describeConversion, sourceOptions } from '../conversion.js';
import { loadPlugins } from '../plugin.js';
import type { CommonFlags, Session } from '../session.js';
import { UsageError } from '../usage-error.js';

export interface InitFlags extends CommonFlags, ConversionFlags {
  readonly from: string;
  readonly out: string;
  readonly seed: number;
  readonly json?: boolean;
}

export async function init(flags: InitFlags, session: Session): Promise<void> {
  const { from, out, seed, dtype } = flags;
  const { models } = await loadPlugins(flags.plugin);
  const { labels, ...options } = await conversionOptions(flags);
  if (!labels) throw new UsageError('--labels FILE.csv says what the new model is to tell apart.');
  const progress = await session.progress('MB', 1e6);
  const report = await withSource(from, (source) =>
    initializeModel(source, {
      ...options,
      ...sourceOptions(flags),
      labels,
      seed,
      models,
      output: directorySink(out),
      dtype,
      signal: session.signal,
      onProgress: ({ done, total }) => progress?.update(done, total),
    }),
  ).finally(() => progress?.stop());

  if (flags.json) session.printJson({ from, out, seed, ...report });
  else {
    session.print(describeConversion(from, out, report));
    session.note('Its head is random: train it before you believe it.');
  }
}
