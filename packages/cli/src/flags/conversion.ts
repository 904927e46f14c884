// Conversion as people ask for it: `convert`, and `pull` of what has to be converted.

import { basename, dirname } from 'node:path';
import {
  type ConversionReport,
  type ConvertOptions,
  convertCheckpoint,
  directorySink,
} from '@audiozoo/converters';
import {
  type AnyModel,
  AudiozooError,
  type ByteSource,
  type FileStore,
  type ForeignCheckpointOptions,
} from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { listNames, oneLine, readJson, readPreprocessorConfig } from '@audiozoo/core/plugin';
import { Command, Option } from '@commander-js/extra-typings';
import { readLabelFile } from '../input/label-file.js';
import { isFolder, withSource } from '../input/path.js';
import { formatBytes, formatCount, formatDescription } from '../output/format.js';
import type { Session } from '../session/session.js';
import type { FlagsOf } from './common.js';
import { setting } from './flag-value.js';

type ConversionFlags = FlagsOf<typeof conversionFlags> & FlagsOf<typeof checkpointFlags>;

/** Flags of commands that take a checkpoint as it is. */
export const checkpointFlags = new Command()
  .option('--config <path>', "config.json of weights saved without it; the preprocessor's lies beside it")
  .option('--strict', 'refuse tensors that the model does not use, instead of leaving them out');

/** Flags of commands that convert checkpoints. */
export const conversionFlags = new Command()
  .option('--key <name>', 'which weights, where a checkpoint holds several: model, ema_state_dict, net.ast')
  .option(
    '--set <name=value>',
    "a setting of the model's own, which --help --model-type TYPE lists; may be repeated",
    setting,
  )
  .option('--model-type <type>', 'take it for this kind of model only, by its model_type')
  .option('--labels <file.csv>', 'index,mid,display_name, or one name per line')
  .addOption(
    new Option('--problem-type <type>', 'how logits become scores').choices([
      'multi_label_classification',
      'single_label_classification',
    ]),
  )
  .addOption(
    new Option('--dtype <dtype>', 'how weights are stored (default: as in the checkpoint)').choices([
      'float32',
      'float16',
      'bfloat16',
    ]),
  );

/** What the flags say; what they do not say is absent. */
export async function conversionOptions(flags: ConversionFlags): Promise<ForeignCheckpointOptions> {
  const { set: settings, labels, problemType, config } = flags;
  return {
    ...(settings && { settings }),
    ...(problemType !== undefined && { problemType }),
    ...(labels !== undefined && { labels: await readLabelFile(labels) }),
    ...(config !== undefined && (await readConfigFiles(config))),
  };
}

/** What its plug-in knows of other people's checkpoints of a model. */
export async function foreignCheckpointOf({ foreignCheckpoint: known }: AnyModel) {
  return typeof known === 'function' ? known() : known;
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

/** Converts a checkpoint, by its path or opened, to the model directory `out`, with a progress bar. */
export async function convertTo(
  out: string,
  checkpoint: string | FileStore,
  models: readonly AnyModel[],
  options: ForeignCheckpointOptions & Pick<ConvertOptions, 'key' | 'strict' | 'base' | 'dtype'>,
  session: Session,
): Promise<ConversionReport> {
  return session.watch((watching) => {
    const convert = (source: ByteSource | FileStore) =>
      convertCheckpoint(source, { ...options, models, output: directorySink(out), ...watching });
    return typeof checkpoint === 'string' ? withSource(checkpoint, convert) : convert(checkpoint);
  });
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

/** Reads a config.json, or that of a folder, and the preprocessor's where there is one. */
async function readConfigFiles(
  path: string,
): Promise<Pick<ForeignCheckpointOptions, 'config' | 'preprocessorConfig'>> {
  const isInFolder = await isFolder(path);
  const folder = isInFolder ? path : dirname(path);
  const files = (await isFolder(folder)) ? await openFiles(folder) : undefined;
  const config = files && (await readJson(files, isInFolder ? 'config.json' : basename(path)));
  if (!files || !config) {
    throw new AudiozooError({
      code: 'file',
      what: `${path} holds no config`,
      expected: 'a config.json of Hugging Face, or the folder that it lies in',
      hint: 'Take the file from where the model came from.',
    });
  }
  const preprocessorConfig = await readPreprocessorConfig(files);
  return { config, ...(preprocessorConfig && { preprocessorConfig }) };
}
