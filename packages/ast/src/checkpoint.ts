// Checkpoints of the official code (github.com/YuanGongND/ast): a state dict of its ASTModel on timm
// 0.4.5, usually saved out of DataParallel (`module.` in front). Their names and fused qkv are mapped to
// Hugging Face's once, at conversion.

import {
  AudiozooError,
  type ConversionOptions,
  type ConversionPlan,
  checkWeights,
  type ForeignCheckpoint,
  type JsonObject,
  type Label,
  type Parameter,
  parameter,
  type Shape,
  type TensorInfos,
  type TensorSource,
} from '@audiozoo/core';
import { type AstConfig, patchGrid, writeConfig } from './config.js';
import { audioset, dataSetOfClassCount } from './data-set.js';
import { parameters } from './model.js';

/** The official checkpoints' inputs, told by their number of tokens (README of the official repository). */
const officialInputs = [
  { tokens: 1214, fstride: 10, tstride: 10, frames: 1024, melBins: 128 },
  { tokens: 852, fstride: 12, tstride: 12, frames: 1024, melBins: 128 },
  { tokens: 659, fstride: 14, tstride: 14, frames: 1024, melBins: 128 },
  { tokens: 514, fstride: 16, tstride: 16, frames: 1024, melBins: 128 },
  { tokens: 146, fstride: 10, tstride: 10, frames: 128, melBins: 128 },
] as const;

/** All that DeiT and the recipes fix. */
const officialEpsilon = { layerNormEpsilon: 1e-6, headLayerNormEpsilon: 1e-5 };
const officialSampleRate = 16000;
const officialHeadDim = 64;

const settingNames = ['fstride', 'tstride', 'frames', 'melBins', 'heads'] as const;
type Settings = Partial<Record<(typeof settingNames)[number], number>>;

/** Sizes that a checkpoint's shapes show. */
interface Sizes {
  readonly embedDim: number;
  readonly depth: number;
  readonly mlpDim: number;
  readonly patchSize: number;
  readonly tokens: number;
  readonly classes: number;
}

export const officialCheckpoint: ForeignCheckpoint = {
  recognise(tensors) {
    const names = officialNames(tensors);
    if (!looksOfficial(names)) return undefined;
    const sizes = readSizes(names, tensors);
    const input = officialInputs.find(({ tokens }) => tokens === sizes.tokens);
    return {
      model: 'audio-spectrogram-transformer',
      naming: 'official AST',
      ...sizes,
      input: input ? { ...input } : null,
      dataSet: dataSetOfClassCount(sizes.classes)?.name ?? null,
    } satisfies JsonObject;
  },

  plan(tensors, options) {
    const names = officialNames(tensors);
    const sizes = readSizes(names, tensors);
    const assumptions: string[] = [];
    const config = inferConfig(sizes, options, assumptions);
    return { ...planTensors(names, tensors, config), ...writeConfig(config), assumptions };
  },
};

/** Names without DataParallel's `module.` → names in the file. */
function officialNames(tensors: TensorInfos): ReadonlyMap<string, string> {
  return new Map([...tensors.keys()].map((name) => [name.replace(/^(module\.)+/, ''), name]));
}

function looksOfficial(names: ReadonlyMap<string, string>): boolean {
  return (
    ['v.cls_token', 'v.pos_embed', 'v.blocks.0.attn.qkv.weight', 'mlp_head.1.weight'].filter((name) =>
      names.has(name),
    ).length >= 3
  );
}

function readSizes(names: ReadonlyMap<string, string>, tensors: TensorInfos): Sizes {
  const size = (name: string, rank: number, axis: number): number => {
    const shape = tensors.get(names.get(name) ?? '')?.shape;
    return shape?.length === rank ? shape[axis]! : 0; // 0: reported as missing or misshapen later
  };
  const blocks = [...names.keys()].flatMap((name) => /^v\.blocks\.(\d{1,4})\./.exec(name)?.[1] ?? []);
  return {
    embedDim: size('v.cls_token', 3, 2) || size('v.pos_embed', 3, 2),
    depth: Math.max(0, ...blocks.map(Number)) + 1,
    mlpDim: size('v.blocks.0.mlp.fc1.weight', 2, 0),
    patchSize: size('v.patch_embed.proj.weight', 4, 3),
    tokens: size('v.pos_embed', 3, 1),
    classes: size('mlp_head.1.weight', 2, 0),
  };
}

/** What the shapes do not say comes from the options, else from tables; each guess is written down. */
function inferConfig(sizes: Sizes, options: ConversionOptions, assumptions: string[]): AstConfig {
  const settings = checkSettings(options.settings ?? {});
  const dataSet = dataSetOfClassCount(sizes.classes);
  const { fstride, tstride, frames, melBins } = inferInput(sizes, settings, assumptions);

  const heads = settings.heads ?? sizes.embedDim / officialHeadDim;
  if (!Number.isInteger(heads) || heads < 1 || sizes.embedDim % heads !== 0) {
    throw new AudiozooError({
      code: 'argument',
      what: `width ${sizes.embedDim} does not split into attention heads`,
      expected: `a number of heads that divides ${sizes.embedDim}`,
      got: `${heads}`,
      mend: 'Say how many with --heads (`heads` in the settings).',
    });
  }
  if (settings.heads === undefined) {
    assumptions.push(
      `${heads} attention heads: ${officialHeadDim} channels each, as in every official size.`,
    );
  }

  const problemType =
    options.problemType ?? (dataSet === audioset ? audioset.problemType : 'single_label_classification');
  if (options.problemType === undefined) {
    const why = dataSet ? `that is ${dataSet.name}` : 'only AudioSet is known to be multi-label';
    assumptions.push(`${problemType}: ${sizes.classes} classes, ${why}.`);
  }

  const statistics = dataSet ?? audioset;
  const { mean = statistics.mean, std = statistics.std } = options;
  const assumed = [options.mean === undefined && `mean ${mean}`, options.std === undefined && `std ${std}`];
  if (assumed.some(Boolean)) {
    const why = dataSet ? `${dataSet.name}'s` : "AudioSet's, since the classes are of no known data set";
    assumptions.push(`${assumed.filter(Boolean).join(' and ')}: ${why}.`);
  }

  return {
    embedDim: sizes.embedDim,
    depth: sizes.depth,
    heads,
    mlpDim: sizes.mlpDim,
    patchSize: sizes.patchSize,
    frequencyStride: fstride,
    timeStride: tstride,
    frames,
    melBins,
    qkvBias: true,
    ...officialEpsilon,
    labels: inferLabels(sizes.classes, options.labels, assumptions),
    problemType,
    mean,
    std,
    sampleRate: officialSampleRate,
  };
}

/** Strides, frames and mel bins: told, or looked up by the number of tokens, and then checked against it. */
function inferInput(sizes: Sizes, settings: Settings, assumptions: string[]) {
  const official = officialInputs.find(({ tokens }) => tokens === sizes.tokens);
  const { melBins = 128 } = settings;
  const fstride = settings.fstride ?? official?.fstride;
  const tstride = settings.tstride ?? official?.tstride;
  const frames = settings.frames ?? official?.frames;
  if (fstride === undefined || tstride === undefined || frames === undefined) {
    const known = officialInputs.map(({ tokens, fstride }) => `${tokens} (stride ${fstride})`).join(', ');
    const needed = [
      fstride === undefined && '--fstride',
      tstride === undefined && '--tstride',
      frames === undefined && '--frames',
    ].filter(Boolean);
    throw new AudiozooError({
      code: 'argument',
      what: 'the strides and input length of this checkpoint cannot be told from its shapes',
      expected: `the number of tokens of an official checkpoint: ${known}`,
      got: `${sizes.tokens}`,
      mend: `Say ${needed.join(', ')}${settings.melBins === undefined ? ' (and --mel-bins if it is not 128)' : ''}.`,
    });
  }

  const grid = patchGrid({
    melBins,
    frames,
    patchSize: sizes.patchSize,
    frequencyStride: fstride,
    timeStride: tstride,
  });
  const tokens = grid.rows * grid.columns + 2;
  if (sizes.tokens > 0 && tokens !== sizes.tokens) {
    throw new AudiozooError({
      code: 'argument',
      what: `strides ${fstride} and ${tstride}, ${frames} frames and ${melBins} mel bins do not fit the checkpoint`,
      expected: `${sizes.tokens} tokens, as its position embeddings have`,
      got: `${grid.rows} × ${grid.columns} patches + 2 = ${tokens}`,
      mend: 'Check --fstride, --tstride, --frames and --mel-bins.',
    });
  }

  const untold = settingNames.filter((name) => name !== 'heads' && settings[name] === undefined);
  if (untold.length > 0) {
    const values: Record<string, number> = { fstride, tstride, frames, melBins };
    const why = official ? `${sizes.tokens} tokens, as an official checkpoint has` : 'the usual number';
    assumptions.push(`${untold.map((name) => `${name} ${values[name]}`).join(', ')}: ${why}.`);
  }
  return { fstride, tstride, frames, melBins };
}

function inferLabels(
  classes: number,
  given: readonly Label[] | undefined,
  assumptions: string[],
): readonly Label[] {
  if (given) {
    if (given.length === classes || classes === 0) return given;
    throw new AudiozooError({
      code: 'argument',
      what: 'the labels do not fit the checkpoint',
      expected: `${classes} labels, as its head has classes`,
      got: `${given.length}`,
      mend: 'Pass the label file that the model was trained with.',
    });
  }
  const dataSet = dataSetOfClassCount(classes);
  if (dataSet) {
    assumptions.push(`Labels: the ${classes} of ${dataSet.name}.`);
    return dataSet.labels;
  }
  assumptions.push(
    `Labels: LABEL_0 to LABEL_${classes - 1}, since no known data set has ${classes} classes.`,
  );
  return Array.from({ length: classes }, (_, index) => ({ name: `LABEL_${index}` }));
}

function checkSettings(settings: Readonly<Record<string, number>>): Settings {
  for (const [name, value] of Object.entries(settings)) {
    if (!settingNames.some((known) => known === name)) {
      throw new AudiozooError({
        code: 'argument',
        what: `AST has no setting ${JSON.stringify(name)}`,
        expected: settingNames.join(', '),
        got: name,
      });
    }
    if (!Number.isInteger(value) || value < 1 || value > 1_000_000) {
      throw new AudiozooError({
        code: 'argument',
        what: `${name} does not fit`,
        expected: 'a whole number from 1 to 1000000',
        got: `${value}`,
      });
    }
  }
  return settings;
}

/** Official tensor → ours; each official name and shape with the parameters that it holds. */
function planTensors(
  names: ReadonlyMap<string, string>,
  tensors: TensorInfos,
  config: AstConfig,
): Pick<ConversionPlan, 'tensors' | 'unused'> {
  const sources: { from: string; shape: Shape; to: Parameter; rows?: TensorSource['rows'] }[] = [];
  const whole = (from: string, to: Parameter) => sources.push({ from, shape: to.shape, to });
  const ours = parameters(config);

  whole('v.cls_token', ours.classToken);
  whole('v.dist_token', ours.distillationToken);
  whole('v.pos_embed', ours.positions);
  whole('v.patch_embed.proj.weight', ours.patchProjection.weight);
  whole('v.patch_embed.proj.bias', ours.patchProjection.bias);
  ours.blocks.forEach((block, index) => {
    const name = `v.blocks.${index}`;
    whole(`${name}.norm1.weight`, block.norm1.scale);
    whole(`${name}.norm1.bias`, block.norm1.shift);
    // timm stacks query, key and value on the first axis of one matrix.
    [block.query, block.key, block.value].forEach(({ weight, bias }, third) => {
      const rows = { start: third * config.embedDim, end: (third + 1) * config.embedDim };
      const stacked = 3 * config.embedDim;
      sources.push({ from: `${name}.attn.qkv.weight`, shape: [stacked, config.embedDim], to: weight, rows });
      sources.push({ from: `${name}.attn.qkv.bias`, shape: [stacked], to: bias!, rows });
    });
    whole(`${name}.attn.proj.weight`, block.projection.weight);
    whole(`${name}.attn.proj.bias`, block.projection.bias!);
    whole(`${name}.norm2.weight`, block.norm2.scale);
    whole(`${name}.norm2.bias`, block.norm2.shift);
    whole(`${name}.mlp.fc1.weight`, block.mlp1.weight);
    whole(`${name}.mlp.fc1.bias`, block.mlp1.bias!);
    whole(`${name}.mlp.fc2.weight`, block.mlp2.weight);
    whole(`${name}.mlp.fc2.bias`, block.mlp2.bias!);
  });
  whole('v.norm.weight', ours.norm.scale);
  whole('v.norm.bias', ours.norm.shift);
  whole('mlp_head.0.weight', ours.head.norm.scale);
  whole('mlp_head.0.bias', ours.head.norm.shift);
  whole('mlp_head.1.weight', ours.head.linear.weight);
  whole('mlp_head.1.bias', ours.head.linear.bias!);

  // DeiT's own ImageNet heads: in every official checkpoint, used by none.
  const isUnused = (name: string) => /^v\.head(_dist)?\./.test(name);
  const used = [...names].filter(([name]) => !isUnused(name));
  const official = new Map(sources.map(({ from, shape }) => [from, parameter(from, shape)]));
  checkWeights([...official.values()], new Map(used.map(([name, inFile]) => [name, tensors.get(inFile)!])));

  return {
    tensors: sources.map(({ from, to, rows }) => ({
      name: to.name,
      from: names.get(from)!,
      shape: to.shape,
      ...(rows && { rows }),
    })),
    unused: [...names].filter(([name]) => isUnused(name)).map(([, inFile]) => inFile),
  };
}
