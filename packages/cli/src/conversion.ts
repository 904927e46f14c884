// Conversion as people ask for it: `convert`, and `pull` of what has to be converted.

import {
  type ConversionReport,
  type ConvertOptions,
  convertCheckpoint,
  directorySink,
  type WeightsDType,
} from '@audiozoo/converters';
import type { AnyModel, ForeignCheckpointOptions, ProblemType } from '@audiozoo/core';
import { listNames, oneLine } from '@audiozoo/core/plugin';
import { withSource } from './checkpoint-source.js';
import { readConfigFiles } from './config-files.js';
import { formatBytes, formatCount, formatDescription } from './format.js';
import { readLabelFile } from './label-file.js';
import type { Session } from './session.js';

export interface ConversionFlags {
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
  readonly key?: string;
  readonly config?: string;
  readonly strict?: boolean;
}

/** What the flags say; what they do not say is absent. */
export async function conversionOptions(flags: ConversionFlags): Promise<ForeignCheckpointOptions> {
  const { fstride, tstride, frames, melBins, heads, labels, mean, std, problemType, config } = flags;
  const settings = defined({ fstride, tstride, frames, melBins, heads });
  return {
    settings,
    ...defined({ mean, std }),
    ...(problemType !== undefined && { problemType }),
    ...(labels !== undefined && { labels: await readLabelFile(labels) }),
    ...(config !== undefined && (await readConfigFiles(config))),
  };
}

/** Where in a source the weights are, and what else may be there. */
export function sourceOptions({ key, strict }: ConversionFlags): Pick<ConvertOptions, 'key' | 'strict'> {
  return { ...(key !== undefined && { key }), ...(strict && { strict }) };
}

/** Whether a person said anything about a conversion. */
export function asksForConversion(
  { settings = {}, ...others }: ForeignCheckpointOptions,
  dtype?: string,
): boolean {
  return dtype !== undefined || Object.keys({ ...settings, ...others }).length > 0;
}

/** Converts the file or folder `path` to the model directory `out`, with a progress bar. */
export async function convertPath(
  path: string,
  out: string,
  models: readonly AnyModel[],
  options: ForeignCheckpointOptions & Pick<ConvertOptions, 'key' | 'strict' | 'base' | 'dtype'>,
  session: Session,
): Promise<ConversionReport> {
  const output = directorySink(out);
  const progress = await session.progress('MB', 1e6);
  return withSource(path, (source) =>
    convertCheckpoint(source, {
      ...options,
      models,
      output,
      signal: session.signal,
      onProgress: ({ done, total }) => progress?.update(done, total),
    }),
  ).finally(() => progress?.stop());
}

/** A conversion for people. */
export function describeConversion(checkpoint: string, out: string, report: ConversionReport): string {
  const { recognized, assumptions, unused, parameters, dtype, bytes } = report;
  return [
    `${checkpoint}: ${formatDescription(recognized)}`,
    ...(assumptions.length > 0
      ? ['Assumed:', ...assumptions.map((assumption) => `  ${oneLine(assumption)}`)]
      : []),
    ...(unused.length > 0 ? [`Left out, not used by the model: ${listNames(unused)}`] : []),
    `Wrote ${out}: ${formatCount(parameters)} parameters as ${dtype}, ${formatBytes(bytes)}`,
  ].join('\n');
}

function defined<Key extends string>(record: Record<Key, number | undefined>): Partial<Record<Key, number>> {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Record<Key, number>>;
}
