// CED (Dinkel, Wang, Yan, Zhang, Wang: "CED: Consistent ensemble distillation for audio tagging", ICASSP 2024,
// arXiv:2308.11957): a plain vision transformer. Each mel band is normalized as in training, the spectrogram is cut into
// patches side by side, a time and a frequency embedding are added, a pre-norm encoder mixes the tokens, and a linear
// layer reads the labels off their mean.
//
// Weight names are those of the port to transformers. D = embedDim, N = tokens, B = batch.

import type { ModelParts, Ops, Resolved } from '@audiozoo/core';
import { bandNorm, parameter } from '@audiozoo/core/plugin';
import { type CedConfig, patchGrid, storedColumns } from './config.js';

const encoderEpsilon = 1e-6;
const headEpsilon = 1e-5;
const batchNormEpsilon = 1e-5;

/** In front of all names but the head's. */
export const encoderName = 'encoder.';

/** What checkpoints hold besides: the front end's tables, and a counter of training. */
export const ignored = (name: string): boolean => /(^|\.)front_end\.|\.num_batches_tracked$/.test(name);

/** All weights, by what they are: names and shapes. */
export function parameters(config: CedConfig) {
  const { embedDim, depth, patchSize, labels } = config;
  return {
    bands: bandNorm(`${encoderName}init_bn`, config.melBins, batchNormEpsilon),
    patches: {
      weight: parameter(`${encoderName}patch_embed.proj.weight`, [embedDim, 1, patchSize, patchSize]),
      bias: parameter(`${encoderName}patch_embed.proj.bias`, [embedDim]),
    },
    positions: {
      time: parameter(`${encoderName}time_pos_embed`, [1, embedDim, 1, storedColumns(config)]),
      frequency: parameter(`${encoderName}freq_pos_embed`, [1, embedDim, patchGrid(config).rows, 1]),
    },
    blocks: Array.from({ length: depth }, (_, index) => blockParameters(index, config)),
    norm: normParameters(`${encoderName}norm`, embedDim),
    head: {
      norm: normParameters('outputlayer.0', embedDim),
      linear: {
        weight: parameter('outputlayer.1.weight', [labels.length, embedDim]),
        bias: parameter('outputlayer.1.bias', [labels.length]),
      },
    },
  };
}

function blockParameters(index: number, { embedDim, mlpDim, qkvBias }: CedConfig) {
  const block = `${encoderName}blocks.${index}`;
  return {
    norm1: normParameters(`${block}.norm1`, embedDim),
    qkv: linearParameters(`${block}.attn.qkv`, 3 * embedDim, embedDim, qkvBias),
    projection: linearParameters(`${block}.attn.proj`, embedDim, embedDim),
    norm2: normParameters(`${block}.norm2`, embedDim),
    mlp1: linearParameters(`${block}.mlp.fc1`, mlpDim, embedDim),
    mlp2: linearParameters(`${block}.mlp.fc2`, embedDim, mlpDim),
  };
}

function linearParameters(name: string, outDim: number, inDim: number, bias = true) {
  return {
    weight: parameter(`${name}.weight`, [outDim, inDim], { quantizable: true }),
    bias: bias ? parameter(`${name}.bias`, [outDim]) : undefined,
  };
}

function normParameters(name: string, dim: number) {
  return { scale: parameter(`${name}.weight`, [dim]), shift: parameter(`${name}.bias`, [dim]) };
}

export function parts(config: CedConfig): ModelParts {
  const { blocks, norm, head } = parameters(config);
  return { blocks, behind: norm, head, attention: blocks.map(({ qkv }) => qkv.weight), classify };
}

export type CedParameters = ReturnType<typeof parameters>;
type Weights<T> = Resolved<CedParameters, T>;
type Block<T> = Weights<T>['blocks'][number];
type Linear<T> = Block<T>['qkv'];
type Norm<T> = Weights<T>['norm'];

/** Decibels [B, frames, melBins] → logits [B, labels], embedding [B, D], and of outputs.ts what is `asked` for. */
export function build<T>(
  ops: Ops<T>,
  weights: Weights<T>,
  { input_values: decibels }: { readonly input_values: T },
  config: CedConfig,
  asked: ReadonlySet<string> = new Set(),
): { logits: T; embedding: T } & Record<string, T> {
  const { embedDim, patchSize, heads } = config;
  const normalized = ops.add(ops.multiply(decibels, weights.bands.factor), weights.bands.shift);
  const spectrogram = ops.transpose(normalized, [0, 2, 1]); // [B, melBins, frames]
  const cut = ops.patches(spectrogram, {
    size: [patchSize, patchSize],
    stride: [patchSize, patchSize],
  }); // [B, N, patchSize²]
  const projection = ops.reshape(weights.patches.weight, [embedDim, patchSize * patchSize]);
  const patches = ops.linear(cut, projection, weights.patches.bias); // [B, N, D]
  let tokens = addPositions(ops, weights.positions, patches, config);

  const hidden: Record<string, T> = {};
  weights.blocks.forEach((block, layer) => {
    tokens = transformerBlock(ops, block, tokens, { embedDim, heads });
    if (asked.has(`hidden.${layer}`)) hidden[`hidden.${layer}`] = tokens;
  }); // [B, N, D]
  tokens = layerNorm(ops, weights.norm, tokens, encoderEpsilon);

  const embedding = ops.mean(tokens, 1); // [B, D]
  const logits = classify(ops, weights.head, embedding); // [B, labels]
  return { logits, embedding, patches, tokens, ...hidden };
}

function classify<T>(ops: Ops<T>, { norm, linear: dense }: Weights<T>['head'], embedding: T): T {
  return linear(ops, dense, layerNorm(ops, norm, embedding, headEpsilon));
}

/** Those of as many columns as there are: the input may be of any length. [B, N, D] → [B, N, D]. */
function addPositions<T>(
  ops: Ops<T>,
  { time, frequency }: Weights<T>['positions'],
  patches: T,
  config: CedConfig,
): T {
  const { embedDim } = config;
  const grid = ops.reshape(patches, [0, patchGrid(config).rows, -1, embedDim]); // [B, rows, columns, D]
  const [ofTime, ofFrequency] = [time, frequency].map((each) => ops.transpose(each, [0, 2, 3, 1])) as [T, T];
  const positions = ops.add(ops.sliceLike(ofTime, 2, grid), ofFrequency); // [1, rows, columns, D]
  return ops.reshape(ops.add(grid, positions), [0, -1, embedDim]);
}

/** Pre-norm attention and MLP, each with a residual. [B, N, D] → [B, N, D]. */
function transformerBlock<T>(
  ops: Ops<T>,
  block: Block<T>,
  tokens: T,
  { embedDim, heads }: Pick<CedConfig, 'embedDim' | 'heads'>,
): T {
  const qkv = linear(ops, block.qkv, layerNorm(ops, block.norm1, tokens, encoderEpsilon)); // [B, N, 3D]
  const part = (index: number) => ops.slice(qkv, 2, index * embedDim, (index + 1) * embedDim); // [B, N, D]
  const attended = ops.attention(part(0), part(1), part(2), { heads });
  const mixed = ops.add(tokens, linear(ops, block.projection, attended));

  const normed = layerNorm(ops, block.norm2, mixed, encoderEpsilon);
  const hidden = ops.gelu(linear(ops, block.mlp1, normed)); // [B, N, mlpDim]
  return ops.add(mixed, linear(ops, block.mlp2, hidden));
}

function linear<T>(ops: Ops<T>, { weight, bias }: Linear<T>, x: T): T {
  return ops.linear(x, weight, bias);
}

function layerNorm<T>(ops: Ops<T>, { scale, shift }: Norm<T>, x: T, epsilon: number): T {
  return ops.layerNorm(x, scale, shift, { epsilon });
}
