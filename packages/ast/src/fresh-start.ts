// A new AST from nothing, as the official ASTModel begins without ImageNet's weights: random numbers as timm's DeiT and PyTorch's
// layers draw them. What is not said is as in AST-base and its recipe for AudioSet.

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
import { type AstConfig, writeConfig } from './config.js';
import { checkPatches, freshHead } from './initialize.js';
import { parameters } from './model.js';
import { audiosetRecipe } from './recipe.js';
import {
  inferProblemType,
  inferStatistics,
  officialEpsilon,
  officialSampleRate,
  settings as settingsOfInput,
} from './settings.js';

const settings = {
  embedDim: { kind: 'count', help: 'width of a token; 192 in tiny, 384 in small, 768 in base' },
  depth: { kind: 'count', help: 'transformer blocks; 12 in all published sizes' },
  mlpDim: { kind: 'count', help: "width of the hidden layer of a block's MLP; usually 4 times embedDim" },
  patchSize: { kind: 'count', help: 'side of the patches in mel bins and frames' },
  ...settingsOfInput,
  deviation: deviationSetting,
} as const satisfies Settings;

type Told = Partial<Record<keyof typeof settings, number>>;

export const freshStart: FreshStart = {
  settings,
  about: `Begins from nothing, as the official code does without ImageNet's weights: linear layers, positions and class tokens are
normal with deviation 0.02, biases 0; the patches' projection and the head as PyTorch's layers. It takes many
clips, or a small model: embedDim=192 depth=4, strides of 16.`,

  plan(options) {
    const assumptions: string[] = [];
    const config = newConfig(options, assumptions);
    return { ...writeConfig(config), tensors: tensorsOf(config, options), assumptions };
  },
};

const base = {
  embedDim: 768,
  depth: 12,
  patchSize: 16,
  fstride: 10,
  tstride: 10,
  frames: audiosetRecipe.frames,
  melBins: 128,
};

function newConfig(options: InitializationOptions, assumptions: string[]): AstConfig {
  const { labels } = options;
  requireLabels(labels);
  const told = (options.settings ?? {}) as Told;
  assumeUsual(base, told, 'as in AST-base', assumptions);
  const { embedDim, depth, patchSize, fstride, tstride, frames, melBins } = { ...base, ...told };
  const config: AstConfig = {
    ...{ embedDim, depth, patchSize, frames, melBins },
    heads: inferHeads(embedDim, told.heads, assumptions),
    mlpDim: told.mlpDim ?? 4 * embedDim,
    frequencyStride: fstride,
    timeStride: tstride,
    qkvBias: true,
    ...officialEpsilon,
    labels,
    problemType: inferProblemType(labels.length, options.problemType, assumptions),
    ...inferStatistics(labels.length, told, assumptions),
    sampleRate: officialSampleRate,
  };
  checkPatches(config);
  const { deviation = usualDeviation } = told;
  if (!(deviation > 0)) throw unfitSetting('deviation', 'a number above 0', deviation);
  return config;
}

function tensorsOf(config: AstConfig, options: InitializationOptions): readonly ComputedTensor[] {
  const { seed = 0 } = options;
  const { deviation = usualDeviation } = (options.settings ?? {}) as Told;
  const { classToken, distillationToken, positions, patchProjection, blocks, norm } = parameters(config);
  const { constant, uniform, normal } = freshWeights(seed);
  const bound = 1 / config.patchSize; // 1/√(values of a patch)
  const normTensors = ({ scale, shift }: typeof norm) => [constant(scale, 1), constant(shift, 0)];
  return [
    ...[classToken, distillationToken, positions].map((each) => normal(each, deviation)),
    uniform(patchProjection.weight, bound),
    uniform(patchProjection.bias, bound),
    ...blocks.flatMap(({ norm1, norm2, ...linears }) => [
      ...normTensors(norm1),
      ...normTensors(norm2),
      ...Object.values(linears).flatMap(({ weight, bias }) => [
        normal(weight, deviation),
        ...(bias ? [constant(bias, 0)] : []),
      ]),
    ]),
    ...normTensors(norm),
    ...freshHead(config, seed),
  ];
}
