// Checkpoints of the authors' code, and of its port to transformers saved without a folder: the same tensors under two
// names each. Nearly everything is read off their shapes.

import {
  AudiozooError,
  type ConversionOptions,
  type ForeignCheckpoint,
  type ForeignCheckpointOptions,
  type JsonObject,
  type Settings,
  type TensorInfos,
} from '@audiozoo/core';
import { audiosetLabels, esc50Labels, speechCommandsLabels } from '@audiozoo/core/labels';
import {
  checkLabels,
  inferHeads,
  inferLabels,
  type LabelList,
  planRenamed,
  refuseSettings,
} from '@audiozoo/core/plugin';
import { withAudiosetLabels } from './audioset.js';
import { type CedConfig, patchGrid, readConfig, usualFrames, usualFrontEnd, writeConfig } from './config.js';
import { encoderName, ignored, parameters } from './model.js';

const settings = {
  heads: { kind: 'count', help: 'attention heads; usually of 64 channels each' },
  frames: { kind: 'count', help: 'longest clip in frames of 10 ms; usually 1012' },
} as const satisfies Settings;

const labelLists: readonly LabelList[] = [
  { name: 'AudioSet', labels: audiosetLabels },
  { name: 'ESC-50', labels: esc50Labels },
  { name: 'Speech Commands V2', labels: speechCommandsLabels },
];

export const foreignCheckpoint: ForeignCheckpoint = {
  settings,

  recognize(tensors) {
    const namings = isCed(tensors);
    if (!namings) return undefined;
    const { embedDim, depth, classes, columns, melBins } = readSizes(tensors);
    return {
      model: 'ced',
      naming: tensors.has(`${encoderName}time_pos_embed`) ? 'Hugging Face' : 'official CED',
      ...{ embedDim, depth, classes, columns, melBins },
    } satisfies JsonObject;
  },

  plan(tensors, options) {
    const assumptions: string[] = [];
    const config = options.config
      ? configOf(options, options.config)
      : inferConfig(tensors, options, assumptions);
    const planned = planRenamed(parameters(config), tensors, {
      inFile: (name) => inFile(name, tensors),
      ignored,
    });
    return { ...planned, ...writeConfig(config), assumptions };
  },
};

/** The authors' name of a tensor of the port. */
const officialName = (name: string) =>
  name.startsWith(encoderName) ? name.slice(encoderName.length).replace(/^init_bn\./, 'init_bn.1.') : name;

/** Whichever name the file has; the authors' where it has neither. */
function inFile(name: string, tensors: TensorInfos): string {
  return tensors.has(name) ? name : officialName(name);
}

/** Both embeddings, patches of one channel, and a head that stands where it does in either naming. */
function isCed(tensors: TensorInfos): boolean {
  const size = sizeReader(tensors);
  return (
    size('time_pos_embed', 4, 3) > 0 &&
    size('freq_pos_embed', 4, 2) > 0 &&
    size('patch_embed.proj.weight', 4, 1) === 1 &&
    ['outputlayer.0.weight', 'outputlayer.1.weight', 'outputlayer.1.bias'].some((name) => tensors.has(name))
  );
}

/** A size of a tensor by the authors' name; 0 when it is not there or of another rank: reported later. */
function sizeReader(tensors: TensorInfos) {
  return (name: string, rank: number, axis: number): number => {
    const names = [name, `${encoderName}${name}`, `${encoderName}${name.replace('init_bn.1', 'init_bn')}`];
    const shape = names.map((each) => tensors.get(each)?.shape).find((each) => each !== undefined);
    return shape?.length === rank ? shape[axis]! : 0;
  };
}

function readSizes(tensors: TensorInfos) {
  const size = sizeReader(tensors);
  const layers = [...tensors.keys()].map((name) => /^(?:encoder\.)?blocks\.(\d{1,4})\./.exec(name)?.[1]);
  return {
    embedDim: size('time_pos_embed', 4, 1),
    columns: size('time_pos_embed', 4, 3),
    rows: size('freq_pos_embed', 4, 2),
    patchSize: size('patch_embed.proj.weight', 4, 3),
    melBins: size('init_bn.1.weight', 1, 0),
    mlpDim: size('blocks.0.mlp.fc1.weight', 2, 0),
    classes: Math.max(size('outputlayer.1.weight', 2, 0), 1),
    qkvBias: size('blocks.0.attn.qkv.bias', 1, 0) > 0,
    depth: layers.reduce((most, layer) => Math.max(most, Number(layer ?? -1) + 1), 1),
  };
}

/** A config.json says it all. */
function configOf(
  { preprocessorConfig, labels, problemType, settings: told }: ForeignCheckpointOptions,
  given: JsonObject,
): CedConfig {
  refuseSettings(told);
  const config = readConfig(given, preprocessorConfig);
  checkLabels(labels, config.labels.length);
  return {
    ...config,
    labels: labels ?? withAudiosetLabels(config.labels),
    problemType: problemType ?? config.problemType,
  };
}

/** What the shapes do not say is told, or assumed and written down. */
function inferConfig(tensors: TensorInfos, options: ConversionOptions, assumptions: string[]): CedConfig {
  const { embedDim, depth, mlpDim, qkvBias, patchSize, rows, classes, ...sizes } = readSizes(tensors);
  const melBins = sizes.melBins || rows * patchSize;
  const frames = inferFrames(sizes.columns, { patchSize, melBins }, options, assumptions);
  const { heads: told } = options.settings ?? {};
  const heads = inferHeads(embedDim, told === undefined ? told : Number(told), assumptions);
  if (!options.problemType) {
    assumptions.push(
      "multi_label_classification: the authors' model gives each class a probability of its own.",
    );
  }
  return {
    ...{ embedDim, depth, heads, mlpDim, patchSize, melBins, qkvBias, frames },
    storedFrames: frames,
    labels: inferLabels(classes, options.labels, labelLists, assumptions),
    problemType: options.problemType ?? 'multi_label_classification',
    ...usualFrontEnd,
  };
}

function inferFrames(
  columns: number,
  { patchSize, melBins }: Pick<CedConfig, 'patchSize' | 'melBins'>,
  { settings: { frames: told } = {} }: ConversionOptions,
  assumptions: string[],
): number {
  const fits = (frames: number) => patchGrid({ frames, patchSize, melBins }).columns === columns;
  if (told === undefined) {
    const frames = fits(usualFrames) ? usualFrames : columns * patchSize;
    assumptions.push(`frames ${frames}: position embeddings for ${columns} patches along time.`);
    return frames;
  }
  if (fits(Number(told))) return Number(told);
  throw new AudiozooError({
    code: 'argument',
    what: 'frames does not fit the checkpoint',
    expected: `${columns * patchSize} to ${(columns + 1) * patchSize - 1}: ${columns} patches along time`,
    got: `${told}`,
    option: 'settings.frames',
  });
}
