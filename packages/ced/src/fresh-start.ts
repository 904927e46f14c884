// A new CED from nothing: random numbers as the authors' code draws them. What is not said is as in ced-base.

import type { ComputedTensor, FreshStart, InitializationOptions, Settings } from '@audiozoo/core';
import {
  assumeUsual,
  deviationSetting,
  freshWeights,
  inferHeads,
  requireLabels,
  unfitSetting,
  usualDeviation,
} from '@audiozoo/core/plugin';
import { type CedConfig, usualFrames, usualFrontEnd, writeConfig } from './config.js';
import { parameters } from './model.js';

const settings = {
  embedDim: { kind: 'count', help: 'width of a token; 192 in tiny, 256 in mini, 384 in small, 768 in base' },
  depth: { kind: 'count', help: 'transformer blocks; 12 in all published sizes' },
  heads: { kind: 'count', help: 'attention heads; usually of 64 channels each' },
  mlpDim: { kind: 'count', help: "width of the hidden layer of a block's MLP; usually 4 times embedDim" },
  patchSize: { kind: 'count', help: 'side of the patches in mel bins and frames; usually 16' },
  frames: { kind: 'count', help: 'longest clip in frames; usually 1012' },
  hopLength: { kind: 'count', help: 'samples from one frame to the next, at 16 kHz; usually 160, 10 ms' },
  melBins: { kind: 'count', help: 'mel bins of the input; usually 64' },
  mean: { kind: 'number', help: 'mean of the decibels over the training set' },
  std: { kind: 'number', help: 'standard deviation of the decibels over the training set' },
  deviation: deviationSetting,
} as const satisfies Settings;

type Told = Partial<Record<keyof typeof settings, number>>;

export const freshStart: FreshStart = {
  settings,
  about: `Begins from nothing, as the authors' code: linear layers and positions are normal with deviation 0.02, biases 0; the patches'
projection as PyTorch's layer. mean and std are what each mel band is normalized by: training leaves them as they are,
so say those of your clips. It takes many clips, or a small model: embedDim=192 depth=4.`,

  plan(options) {
    const assumptions: string[] = [];
    const { config, ...numbers } = newConfig(options, assumptions);
    return {
      ...writeConfig(config),
      tensors: tensorsOf(config, { seed: options.seed ?? 0, ...numbers }),
      assumptions,
    };
  },
};

const base = {
  embedDim: 768,
  depth: 12,
  patchSize: 16,
  frames: usualFrames,
  hopLength: usualFrontEnd.hopLength,
  melBins: 64,
};
/** Of ESC-10's recordings, to whole decibels. */
const everyday = { mean: -22, std: 33 };

interface Numbers {
  readonly mean: number;
  readonly std: number;
  readonly deviation: number;
}

function newConfig(
  options: InitializationOptions,
  assumptions: string[],
): Numbers & { readonly config: CedConfig } {
  const { labels } = options;
  requireLabels(labels);
  const told = (options.settings ?? {}) as Told;
  assumeUsual(base, told, 'as in ced-base', assumptions);
  assumeUsual(everyday, told, "as of ESC-10's recordings", assumptions);
  const { embedDim, depth, patchSize, frames, hopLength, melBins } = { ...base, ...told };
  const { mean, std, deviation = usualDeviation } = { ...everyday, ...told };
  for (const [name, size] of Object.entries({ frames, melBins })) {
    if (size < patchSize) throw unfitSetting(name, `at least ${patchSize}: one patch`, size);
  }
  for (const [name, value] of Object.entries({ std, deviation })) {
    if (!(value > 0)) throw unfitSetting(name, 'a number above 0', value);
  }
  if (!options.problemType) {
    assumptions.push('single_label_classification: a clip is of one class.');
  }
  const config: CedConfig = {
    ...{ embedDim, depth, patchSize, melBins, frames },
    heads: inferHeads(embedDim, told.heads, assumptions),
    mlpDim: told.mlpDim ?? 4 * embedDim,
    qkvBias: true,
    storedFrames: frames,
    labels,
    problemType: options.problemType ?? 'single_label_classification',
    ...usualFrontEnd,
    hopLength,
  };
  return { config, mean, std, deviation };
}

function tensorsOf(
  config: CedConfig,
  { seed, mean, std, deviation }: Numbers & { readonly seed: number },
): readonly ComputedTensor[] {
  const { bands, patches, positions, blocks, norm, head } = parameters(config);
  const { constant, uniform, normal } = freshWeights(seed);
  const bound = 1 / config.patchSize; // 1/√(values of a patch)
  const normTensors = ({ scale, shift }: typeof norm) => [constant(scale, 1), constant(shift, 0)];
  const linearTensors = ({ weight, bias }: (typeof blocks)[number]['qkv']) => [
    normal(weight, deviation),
    ...(bias ? [constant(bias, 0)] : []),
  ];
  return [
    ...bands.factor.derived!.from.map((each, part) => constant(each, [1, 0, mean, std ** 2][part]!)),
    uniform(patches.weight, bound),
    uniform(patches.bias, bound),
    ...[positions.time, positions.frequency].map((each) => normal(each, deviation)),
    ...blocks.flatMap(({ norm1, norm2, ...linears }) => [
      ...normTensors(norm1),
      ...normTensors(norm2),
      ...Object.values(linears).flatMap(linearTensors),
    ]),
    ...normTensors(norm),
    ...normTensors(head.norm),
    ...linearTensors(head.linear),
  ];
}
