import {
  type ConversionReport,
  convertCheckpoint,
  directorySink,
  type WeightsDType,
} from '@audiozoo/converters';
import type { ConversionOptions, ProblemType } from '@audiozoo/core';
import { withSource } from '../checkpoint-source.js';
import { formatBytes, formatCount, formatDescription } from '../format.js';
import { readLabelFile } from '../label-file.js';
import { loadPlugins } from '../plugin.js';
import type { CommonFlags, Session } from '../session.js';

export interface ConvertFlags extends CommonFlags {
  readonly out: string;
  readonly fstride?: number;
  readonly tstride?: number;
  readonly frames?: number;
  readonly melBins?: number;
  readonly heads?: number;
  readonly labels?: string;
  readonly mean?: number;
  readonly std?: number;
  readonly problemType?: ProblemType;
  readonly dtype?: WeightsDType;
  readonly json?: boolean;
}

export async function convert(checkpoint: string, flags: ConvertFlags, session: Session): Promise<void> {
  const { signal } = session;
  const { models } = await loadPlugins(flags.plugin);
  const options = await conversionOptions(flags);
  const output = directorySink(flags.out);
  const progress = await session.progress('MB', 1e6);
  const report = await withSource(checkpoint, (source) =>
    convertCheckpoint(source, {
      ...options,
      models,
      output,
      dtype: flags.dtype,
      signal,
      onProgress: ({ done, total }) => progress?.update(done, total),
    }),
  ).finally(() => progress?.stop());

  if (flags.json) session.printJson({ checkpoint, out: flags.out, ...report });
  else session.print(description(checkpoint, flags.out, report));
}

/** What the flags say; what they do not say is absent. */
async function conversionOptions(flags: ConvertFlags): Promise<ConversionOptions> {
  const { fstride, tstride, frames, melBins, heads, labels, mean, std, problemType } = flags;
  const settings = defined({ fstride, tstride, frames, melBins, heads });
  return {
    settings,
    ...defined({ mean, std }),
    ...(problemType !== undefined && { problemType }),
    ...(labels !== undefined && { labels: await readLabelFile(labels) }),
  };
}

function defined<Key extends string>(record: Record<Key, number | undefined>): Partial<Record<Key, number>> {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Record<Key, number>>;
}

function description(checkpoint: string, out: string, report: ConversionReport): string {
  const { recognised, assumptions, unused, parameters, dtype, bytes } = report;
  return [
    `${checkpoint}: ${formatDescription(recognised)}`,
    ...(assumptions.length > 0 ? ['Assumed:', ...assumptions.map((assumption) => `  ${assumption}`)] : []),
    ...(unused.length > 0 ? [`Left out, not used by the model: ${unused.join(', ')}`] : []),
    `Wrote ${out}: ${formatCount(parameters)} parameters as ${dtype}, ${formatBytes(bytes)}`,
  ].join('\n');
}
