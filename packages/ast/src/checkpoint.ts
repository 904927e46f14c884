// Checkpoints of the official code (github.com/YuanGongND/ast): a state dict of its ASTModel on timm
// 0.4.5, usually saved out of DataParallel (`module.` in front). Their names and fused qkv are mapped to
// Hugging Face's once, at conversion.

import {
  AudiozooError,
  type ConversionOptions,
  type ConversionPlan,
  type ForeignCheckpoint,
  type ForeignCheckpointOptions,
  type JsonObject,
  type Parameter,
  type TensorInfos,
} from '@audiozoo/core';
import { inferHeads, inferLabels } from '@audiozoo/core/plugin';
import { type AstConfig, classTokens, patchGrid, writeConfig } from './config.js';
import { dataSetOfClassCount, dataSets } from './data-set.js';
import { parameters } from './model.js';
import {
  inferProblemType,
  inferStatistics,
  noHead,
  officialEpsilon,
  officialSampleRate,
  settings,
  toldIn,
} from './settings.js';
import {
  checkSources,
  readTimmSizes,
  sizeReader,
  sourcesInFile,
  type TimmNames,
  type TimmSizes,
  type TimmSource,
  timmNames,
  timmSources,
} from './timm.js';
import { usualInput } from './usual-input.js';

/** The official checkpoints' inputs, told by their number of tokens (README of the official repository). */
const officialInputs = [
  { tokens: 1214, fstride: 10, tstride: 10, frames: 1024, melBins: 128 },
  { tokens: 852, fstride: 12, tstride: 12, frames: 1024, melBins: 128 },
  { tokens: 659, fstride: 14, tstride: 14, frames: 1024, melBins: 128 },
  { tokens: 514, fstride: 16, tstride: 16, frames: 1024, melBins: 128 },
  { tokens: 146, fstride: 10, tstride: 10, frames: 128, melBins: 128 },
] as const;

/** The input of the official checkpoint with this many tokens, if there is one. */
export function officialInputOf(tokens: number): (typeof officialInputs)[number] | undefined {
  return officialInputs.find((input) => input.tokens === tokens);
}

/** Sizes that a checkpoint's shapes show. */
interface Sizes extends TimmSizes {
  /** 0 where there is no head. */
  readonly classes: number;
}

export const officialCheckpoint: ForeignCheckpoint = {
  recognize(tensors) {
    if (!hasTokens(tensors)) return undefined;
    const names = timmNames(tensors);
    if (!looksOfficial(names)) return undefined;
    const sizes = readSizes(names, tensors);
    const input = officialInputOf(sizes.tokens);
    return {
      model: 'audio-spectrogram-transformer',
      naming: 'official AST',
      ...sizes,
      input: input ? { ...input } : null,
      dataSet: dataSetOfClassCount(sizes.classes)?.name ?? null,
    } satisfies JsonObject;
  },

  plan(tensors, options) {
    refuseConfig(options);
    const names = timmNames(tensors);
    const sizes = readSizes(names, tensors);
    const assumptions: string[] = [];
    const config = inferConfig(sizes, options, assumptions);
    return { ...planTensors(names, tensors, config), ...writeConfig(config), assumptions };
  },
};

/** Its sizes are read off the tensors, and its epsilons are known: a config.json could only contradict. */
function refuseConfig({ config, preprocessorConfig }: ForeignCheckpointOptions): void {
  if (!config && !preprocessorConfig) return;
  throw new AudiozooError({
    code: 'argument',
    what: "a config.json does not go with the official code's weights",
    expected: 'weights under Hugging Face names',
    hint: 'Leave `config` out; `fstride`, `tstride`, `frames`, `labels`, `mean` and `std` say what is needed.',
    option: ['config', ...Object.keys(settings).map((name) => `settings.${name}`), 'labels'],
  });
}

/** Whether it is worth a closer look: this is asked of every prefix in a file. */
function hasTokens(tensors: TensorInfos): boolean {
  for (const name of tensors.keys()) {
    if (name.endsWith('v.cls_token') || name.endsWith('v.pos_embed')) return true;
  }
  return false;
}

function looksOfficial(names: TimmNames): boolean {
  return (
    ['v.cls_token', 'v.pos_embed', 'v.blocks.0.attn.qkv.weight', 'mlp_head.1.weight'].filter((name) =>
      names.has(name),
    ).length >= 3
  );
}

function readSizes(names: TimmNames, tensors: TensorInfos): Sizes {
  const hasHead = [...names.keys()].some((name) => /^mlp_head\.[01]\./.test(name));
  const classes = sizeReader(names, tensors)('mlp_head.1.weight', 2, 0);
  // A head without its matrix lacks that, and is reported so.
  return { ...readTimmSizes(names, tensors, 'v.'), classes: hasHead ? Math.max(classes, 1) : 0 };
}

/** What the shapes do not say comes from the options, else from tables; each guess is written down. */
function inferConfig(sizes: Sizes, options: ConversionOptions, assumptions: string[]): AstConfig {
  const told = toldIn(options);
  const { fstride, tstride, frames, melBins } = inferInput(sizes, told, assumptions);
  return {
    embedDim: sizes.embedDim,
    depth: sizes.depth,
    heads: inferHeads(sizes.embedDim, told.heads, assumptions),
    mlpDim: sizes.mlpDim,
    patchSize: sizes.patchSize,
    frequencyStride: fstride,
    timeStride: tstride,
    frames,
    melBins,
    qkvBias: true,
    ...officialEpsilon,
    ...inferClasses(sizes.classes, options, assumptions),
    ...inferStatistics(sizes.classes, told, assumptions),
    sampleRate: officialSampleRate,
  };
}

/** Strides, frames and mel bins: told, or looked up by the number of tokens, and then checked against it. */
function inferInput(sizes: Sizes, told: ReturnType<typeof toldIn>, assumptions: string[]) {
  const official = officialInputOf(sizes.tokens);
  const { melBins = 128 } = told;
  const fstride = told.fstride ?? official?.fstride;
  const tstride = told.tstride ?? official?.tstride;
  const frames = told.frames ?? official?.frames;
  if (fstride === undefined || tstride === undefined || frames === undefined) {
    const known = officialInputs.map(({ tokens, fstride }) => `${tokens} (stride ${fstride})`).join(', ');
    const needed = Object.entries({ fstride, tstride, frames }).flatMap(([name, value]) =>
      value === undefined ? name : [],
    );
    const asksForBins = told.melBins === undefined;
    throw new AudiozooError({
      code: 'argument',
      what: 'the strides and input length of this checkpoint cannot be told from its shapes',
      expected: `the number of tokens of an official checkpoint: ${known}`,
      got: `${sizes.tokens} tokens`,
      hint: `Say ${needed.map((name) => `\`${name}\``).join(', ')}${asksForBins ? ' (and `melBins` if it is not 128)' : ''}.`,
      option: [...needed, ...(asksForBins ? ['melBins'] : [])].map((name) => `settings.${name}`),
      details: { tokens: sizes.tokens, ...suggested(usualInput(sizes.tokens)) },
    });
  }

  const grid = patchGrid({
    melBins,
    frames,
    patchSize: sizes.patchSize,
    frequencyStride: fstride,
    timeStride: tstride,
  });
  const tokens = classTokens + grid.rows * grid.columns;
  if (sizes.tokens > 0 && tokens !== sizes.tokens) {
    throw new AudiozooError({
      code: 'argument',
      what: `strides ${fstride} and ${tstride}, ${frames} frames and ${melBins} mel bins do not fit the checkpoint`,
      expected: `${sizes.tokens} tokens, as its position embeddings have`,
      got: `${grid.rows} × ${grid.columns} patches + ${classTokens} = ${tokens}`,
      hint: 'Check `fstride`, `tstride`, `frames` and `melBins`.',
      option: ['settings.fstride', 'settings.tstride', 'settings.frames', 'settings.melBins'],
    });
  }

  const input = { fstride, tstride, frames, melBins };
  const untold = Object.entries(input).filter(([name]) => !Object.hasOwn(told, name));
  if (untold.length > 0) {
    const why = official ? `${sizes.tokens} tokens, as an official checkpoint has` : 'the usual number';
    assumptions.push(`${untold.map(([name, value]) => `${name} ${value}`).join(', ')}: ${why}.`);
  }
  return input;
}

/** Values of settings as an error's details name them. */
function suggested(values: Readonly<Record<string, number>> = {}): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`settings.${name}`, value]));
}

function inferClasses(
  classes: number,
  { problemType, labels }: ConversionOptions,
  assumptions: string[],
): Pick<AstConfig, 'problemType' | 'labels'> {
  if (classes === 0 && !labels) {
    assumptions.push(noHead);
    return { problemType: problemType ?? 'single_label_classification', labels: [] };
  }
  return {
    problemType: inferProblemType(classes, problemType, assumptions),
    labels: classes === 0 ? labels! : inferLabels(classes, labels, dataSets, assumptions),
  };
}

/** Official tensor → ours; each official name and shape with the parameters that it holds. */
function planTensors(
  names: TimmNames,
  tensors: TensorInfos,
  config: AstConfig,
): Pick<ConversionPlan, 'tensors' | 'unused'> {
  const ours = parameters(config);
  const whole = (from: string, to: Parameter): TimmSource => ({ from, shape: to.shape, to });
  const sources = [
    ...timmSources(config, 'v.'),
    whole('v.pos_embed', ours.positions),
    whole('v.patch_embed.proj.weight', ours.patchProjection.weight),
    ...(ours.head
      ? [
          whole('mlp_head.0.weight', ours.head.norm.scale),
          whole('mlp_head.0.bias', ours.head.norm.shift),
          whole('mlp_head.1.weight', ours.head.linear.weight),
          whole('mlp_head.1.bias', ours.head.linear.bias),
        ]
      : []),
  ];

  // DeiT's own ImageNet heads: in every official checkpoint, used by none.
  const isUnused = (name: string) => /^v\.head(_dist)?\./.test(name);
  checkSources(sources, names, tensors, isUnused);
  return {
    tensors: sourcesInFile(sources, names),
    unused: [...names].filter(([name]) => isUnused(name)).map(([, inFile]) => inFile),
  };
}
