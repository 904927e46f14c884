// A new AST from a trained transformer, as the official code begins: from a distilled DeiT that was trained on
// ImageNet's pictures, or from an AST for another set of labels. The transformer is taken over, the position
// embeddings are cut or interpolated, a picture's three colors are summed in the patches' weight, and the head
// is made afresh.

import {
  AudiozooError,
  type ComputedTensor,
  type Initialization,
  type InitializationOptions,
  type JsonObject,
  type Parameter,
  type Shape,
  type TensorInfos,
  type TensorSource,
  tensor,
  toFloat32,
} from '@audiozoo/core';
import {
  assumeUsual,
  elementCount,
  freshWeights,
  inferHeads,
  listParameters,
  requireLabels,
  unfitSetting,
} from '@audiozoo/core/plugin';
import { officialCheckpoint, officialInputOf } from './checkpoint.js';
import { type AstConfig, classTokens, type PatchGrid, patchGrid, writeConfig } from './config.js';
import { audioset } from './data-set.js';
import { type AstParameters, parameters } from './model.js';
import { adaptPositions } from './positions.js';
import { checkGrid } from './resize.js';
import {
  inferProblemType,
  inferStatistics,
  officialEpsilon,
  officialSampleRate,
  settings,
  toldIn,
} from './settings.js';
import {
  checkSources,
  readTimmSizes,
  sourcesInFile,
  type TimmNames,
  timmNames,
  timmSources,
} from './timm.js';

/** The transformer that a model begins from. */
interface Start {
  /** What can be told of it; the new model has the same unless it is told otherwise. */
  readonly config: AstConfig;
  readonly grid: PatchGrid;
  /** Tensors that are taken over, by the new model's parameters. */
  sources(config: AstConfig): readonly TensorSource[];
  /** Names of the tensors that depend on the input. */
  readonly positions: string;
  readonly patchWeight: string;
  /** Colors of its pictures. */
  readonly channels: number;
  /** Names that it has besides. */
  readonly unused: readonly string[];
  /** It has heard sound, by the statistics of its config: whatever its new classes are, they stay. */
  readonly hasStatistics: boolean;
  /** Where the config's input and statistics come from, for people. */
  readonly inputFrom: string;
  readonly statisticsFrom: string;
}

export const initialization: Initialization<AstConfig> = {
  settings,
  about: `Begins from a distilled DeiT of ImageNet (.pth: tiny, small or base; 224 or 384), from an AST's .pth, or from a directory. As
the official code does it, position embeddings are cut from the middle or interpolated for the new input, a picture's colors
are summed in the patches' weight, and the head is new.`,

  recognize(tensors) {
    const names = timmNames(tensors);
    if (!looksLikeDeit(names)) return officialCheckpoint.recognize(tensors);
    const { rows, columns } = deitGrid(names, tensors);
    const { embedDim, depth, mlpDim, patchSize } = readTimmSizes(names, tensors, '');
    return {
      model: 'audio-spectrogram-transformer',
      naming: 'distilled DeiT',
      ...{ embedDim, depth, mlpDim, patchSize },
      picture: `${rows * patchSize}×${columns * patchSize}`,
    } satisfies JsonObject;
  },

  plan(tensors, options, trained) {
    const assumptions: string[] = [];
    const start = trained ? fromDirectory(trained, tensors) : fromCheckpoint(tensors, options, assumptions);
    const config = newConfig(start, options, assumptions);
    return {
      ...writeConfig(config),
      tensors: [
        ...start.sources(config),
        ...inputTensors(start, config),
        ...freshHead(config, options.seed ?? 0),
      ],
      unused: start.unused,
      assumptions,
    };
  },
};

function looksLikeDeit(names: TimmNames): boolean {
  return ['cls_token', 'pos_embed', 'blocks.0.attn.qkv.weight', 'patch_embed.proj.weight'].every((name) =>
    names.has(name),
  );
}

/** DeiT's pictures are square. */
function deitGrid(names: TimmNames, tensors: TensorInfos): PatchGrid {
  const side = Math.sqrt(readTimmSizes(names, tensors, '').tokens - classTokens);
  return { rows: side, columns: side };
}

function fromCheckpoint(tensors: TensorInfos, options: InitializationOptions, assumptions: string[]): Start {
  const names = timmNames(tensors);
  const isDeit = looksLikeDeit(names);
  const prefix = isDeit ? '' : 'v.';
  const sizes = readTimmSizes(names, tensors, prefix);
  const channels = isDeit ? 3 : 1;
  const input = isDeit
    ? { fstride: 10, tstride: 10, frames: 1024, melBins: 128 }
    : officialInput(sizes.tokens);
  const { embedDim, depth, mlpDim, patchSize } = sizes;
  const config: AstConfig = {
    ...{ embedDim, depth, mlpDim, patchSize },
    heads: inferHeads(embedDim, toldIn(options).heads, assumptions),
    frequencyStride: input.fstride,
    timeStride: input.tstride,
    frames: input.frames,
    melBins: input.melBins,
    qkvBias: true,
    ...officialEpsilon,
    labels: options.labels,
    problemType: 'single_label_classification',
    ...{ mean: audioset.mean, std: audioset.std },
    sampleRate: officialSampleRate,
  };
  const grid = isDeit ? deitGrid(names, tensors) : patchGrid(config);

  const inInput = [
    { from: `${prefix}pos_embed`, shape: [1, sizes.tokens, embedDim] },
    { from: `${prefix}patch_embed.proj.weight`, shape: [embedDim, channels, patchSize, patchSize] },
  ];
  // The heads that it was trained with.
  const isUnused = (name: string) =>
    (isDeit ? /^head(_dist)?\./ : /^(v\.head(_dist)?|mlp_head)\./).test(name);
  checkSources([...timmSources(config, prefix), ...inInput], names, tensors, isUnused);
  if (!Number.isInteger(grid.rows)) throw notSquare(sizes.tokens);
  return {
    config,
    grid,
    channels,
    sources: (config) => sourcesInFile(timmSources(config, prefix), names),
    positions: names.get(inInput[0]!.from)!,
    patchWeight: names.get(inInput[1]!.from)!,
    unused: [...names].filter(([name]) => isUnused(name)).map(([, inFile]) => inFile),
    hasStatistics: false,
    inputFrom: isDeit ? 'as in the official recipe for AudioSet' : 'as in the checkpoint',
    statisticsFrom: "AudioSet's, since the classes are of no known data set",
  };
}

function officialInput(tokens: number) {
  const input = officialInputOf(tokens);
  if (input) return input;
  throw new AudiozooError({
    code: 'argument',
    what: 'the strides and input length of this checkpoint cannot be told from its shapes',
    got: `${tokens} tokens`,
    hint: 'Convert it first, with settings that say them, and begin from that directory.',
    details: { tokens },
  });
}

function notSquare(tokens: number): AudiozooError {
  return new AudiozooError({
    code: 'weights',
    what: 'the position embeddings are not those of a distilled DeiT',
    expected: `${classTokens} tokens and a square of patches`,
    got: `${tokens} tokens`,
    hint: 'Take a distilled DeiT (deit_*_distilled_patch16_224 or _384): others have one token less.',
  });
}

function fromDirectory(trained: AstConfig, tensors: TensorInfos): Start {
  const theirs = parameters(trained);
  const ofInput = [theirs.positions.name, theirs.patchProjection.weight.name];
  const headOf = (tree: AstParameters) => listParameters(tree.head).map(({ name }) => name);
  return {
    config: trained,
    grid: patchGrid(trained),
    channels: 1,
    sources(config) {
      const ours = parameters(config);
      const replaced = new Set([...ofInput, ...headOf(ours)]);
      return listParameters(ours)
        .filter(({ name }) => !replaced.has(name))
        .map(({ name, shape }) => ({ name, from: name, shape }));
    },
    positions: theirs.positions.name,
    patchWeight: theirs.patchProjection.weight.name,
    unused: headOf(theirs).filter((name) => tensors.has(name)),
    hasStatistics: true,
    inputFrom: 'as in the trained model',
    statisticsFrom: 'as in the trained model',
  };
}

/** The start's config with what a person asked for. */
function newConfig(start: Start, options: InitializationOptions, assumptions: string[]): AstConfig {
  const { config } = start;
  const { labels } = options;
  const told = toldIn(options);
  requireLabels(labels);
  if (told.heads !== undefined && told.heads !== config.heads) {
    throw new AudiozooError({
      code: 'argument',
      what: 'the number of heads cannot be changed',
      option: 'settings.heads',
      expected: `${config.heads}`,
      got: `${told.heads}`,
    });
  }
  const values = {
    fstride: told.fstride ?? config.frequencyStride,
    tstride: told.tstride ?? config.timeStride,
    frames: told.frames ?? config.frames,
    melBins: told.melBins ?? config.melBins,
  };
  assumeUsual(values, told, start.inputFrom, assumptions);
  const result: AstConfig = {
    ...config,
    frequencyStride: values.fstride,
    timeStride: values.tstride,
    frames: values.frames,
    melBins: values.melBins,
    labels,
    problemType: inferProblemType(labels.length, options.problemType, assumptions),
    ...inferStatistics(
      start.hasStatistics ? undefined : labels.length,
      told,
      assumptions,
      config,
      start.statisticsFrom,
    ),
  };
  checkPatches(result);
  return result;
}

/** Throws an `argument` error on inputs of less than one patch, or of too many. */
export function checkPatches(config: AstConfig): void {
  const { patchSize } = config;
  for (const name of ['frames', 'melBins'] as const) {
    if (config[name] >= patchSize) continue;
    throw unfitSetting(name, `at least ${patchSize}: one patch`, config[name]);
  }
  checkGrid(patchGrid(config));
}

/** Position embeddings for the new grid, and the patches' weight for one channel. */
function inputTensors(start: Start, config: AstConfig): readonly (TensorSource | ComputedTensor)[] {
  const { positions, patchProjection } = parameters(config);
  const grid = patchGrid(config);
  const isSameGrid = grid.rows === start.grid.rows && grid.columns === start.grid.columns;
  const { weight } = patchProjection;
  return [
    isSameGrid
      ? { ...nameAndShape(positions), from: start.positions }
      : {
          ...nameAndShape(positions),
          from: start.positions,
          compute: (source) =>
            tensor('float32', positions.shape, adaptPositions(toFloat32(source!), start.grid, grid)),
        },
    start.channels === 1
      ? { ...nameAndShape(weight), from: start.patchWeight }
      : {
          ...nameAndShape(weight),
          from: start.patchWeight,
          compute: (source) =>
            tensor('float32', weight.shape, sumChannels(toFloat32(source!), weight.shape, start.channels)),
        },
  ];
}

/** [D, channels, height, width] → [D, 1, height, width]: a spectrogram in three colors would be grey. */
function sumChannels(data: Float32Array, shape: Shape, channels: number): Float32Array {
  const size = elementCount(shape.slice(2));
  return Float32Array.from({ length: elementCount(shape) }, (_, index) => {
    const start = Math.floor(index / size) * channels * size + (index % size);
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += data[start + channel * size]!;
    return sum;
  });
}

/** A head as torch.nn.LayerNorm and torch.nn.Linear begin: 1 and 0; uniform within ±1/√D. */
export function freshHead(config: AstConfig, seed: number): readonly ComputedTensor[] {
  const { norm, linear } = parameters(config).head!;
  const { constant, uniform } = freshWeights(seed);
  const bound = 1 / Math.sqrt(config.embedDim);
  return [
    constant(norm.scale, 1),
    constant(norm.shift, 0),
    uniform(linear.weight, bound),
    uniform(linear.bias, bound),
  ];
}

const nameAndShape = ({ name, shape }: Parameter) => ({ name, shape });
