// The Audio Spectrogram Transformer (Gong, Chung, Glass: "AST: Audio Spectrogram Transformer",
// Interspeech 2021, arXiv:2104.01778). Section 2.1, top to bottom: the spectrogram is cut into
// overlapping 16×16 patches, each is projected to a token, two class tokens go in front (the backbone is
// DeiT's distilled one), positions are added, a pre-norm Transformer encoder mixes the tokens, and a
// linear layer reads the labels off the mean of the two class tokens.
//
// Weight names are Hugging Face's; those of transformers 5, and of its ASTModel, are aliases. D = embedDim,
// N = tokens, B = batch.

import type { Derivation, ModelParts, Ops, Resolved, Shape } from '@audiozoo/core';
import { parameter } from '@audiozoo/core/plugin';
import { createActivationRecorder } from './activation-recorder.js';
import { type AstConfig, classTokens, type PatchGrid, patchGrid } from './config.js';
import { adaptPositions } from './positions.js';

/** In front of all names but the head's, except where the model was saved without one. */
const modelName = 'audio_spectrogram_transformer';

/** All weights, by what they are: names and shapes. */
export function parameters(config: AstConfig) {
  const { embedDim, depth, patchSize, labels } = config;
  const projection = 'embeddings.patch_embeddings.projection';
  return {
    classToken: bodyParameter('embeddings.cls_token', [1, 1, embedDim]),
    distillationToken: bodyParameter('embeddings.distillation_token', [1, 1, embedDim]),
    positions: positionParameter(config),
    patchProjection: {
      weight: bodyParameter(`${projection}.weight`, [embedDim, 1, patchSize, patchSize]),
      bias: bodyParameter(`${projection}.bias`, [embedDim]),
    },
    blocks: Array.from({ length: depth }, (_, index) => blockParameters(index, config)),
    norm: normParameters('layernorm', embedDim),
    head: labels.length > 0 ? headParameters(labels.length, embedDim) : undefined,
  };
}

/** Of a resized model, worked out of those that its files hold. */
function positionParameter(config: AstConfig) {
  const of = ({ rows, columns }: PatchGrid, options: { readonly derived?: Derivation } = {}) => {
    const shape = [1, classTokens + rows * columns, config.embedDim];
    return bodyParameter('embeddings.position_embeddings', shape, undefined, options);
  };
  const grid = patchGrid(config);
  const { storedGrid = grid } = config;
  if (storedGrid.rows === grid.rows && storedGrid.columns === grid.columns) return of(grid);
  return of(grid, {
    derived: {
      from: [of(storedGrid)],
      compute: ([positions]) => adaptPositions(positions!, storedGrid, grid),
    },
  });
}

function blockParameters(index: number, { embedDim, mlpDim, qkvBias }: AstConfig) {
  const block = `encoder.layer.${index}`;
  const renamed = `layers.${index}`; // in transformers 5
  const attention = `${block}.attention.attention`;
  const linear = (name: string, newName: string, outDim: number, inDim: number, bias = true) =>
    linearParameters(name, `${renamed}.${newName}`, outDim, inDim, bias);
  const norm = (name: string) => normParameters(`${block}.${name}`, embedDim, `${renamed}.${name}`);
  return {
    norm1: norm('layernorm_before'),
    query: linear(`${attention}.query`, 'attention.q_proj', embedDim, embedDim, qkvBias),
    key: linear(`${attention}.key`, 'attention.k_proj', embedDim, embedDim, qkvBias),
    value: linear(`${attention}.value`, 'attention.v_proj', embedDim, embedDim, qkvBias),
    projection: linear(`${block}.attention.output.dense`, 'attention.o_proj', embedDim, embedDim),
    norm2: norm('layernorm_after'),
    mlp1: linear(`${block}.intermediate.dense`, 'mlp.fc1', mlpDim, embedDim),
    mlp2: linear(`${block}.output.dense`, 'mlp.fc2', embedDim, mlpDim),
  };
}

function headParameters(classes: number, embedDim: number) {
  const norm = 'classifier.layernorm';
  const dense = 'classifier.dense';
  return {
    norm: {
      scale: parameter(`${norm}.weight`, [embedDim]),
      shift: parameter(`${norm}.bias`, [embedDim]),
    },
    linear: {
      weight: parameter(`${dense}.weight`, [classes, embedDim]),
      bias: parameter(`${dense}.bias`, [classes]),
    },
  };
}

function linearParameters(name: string, newName: string, outDim: number, inDim: number, bias: boolean) {
  return {
    weight: bodyParameter(`${name}.weight`, [outDim, inDim], `${newName}.weight`, { quantizable: true }),
    bias: bias ? bodyParameter(`${name}.bias`, [outDim], `${newName}.bias`) : undefined,
  };
}

function normParameters(name: string, dim: number, newName?: string) {
  return {
    scale: bodyParameter(`${name}.weight`, [dim], newName && `${newName}.weight`),
    shift: bodyParameter(`${name}.bias`, [dim], newName && `${newName}.bias`),
  };
}

/** One of the weights that an ASTModel has too, which is saved without the name in front. */
function bodyParameter(
  name: string,
  shape: Shape,
  newName: string | undefined = undefined,
  options: { readonly quantizable?: boolean; readonly derived?: Derivation } = {},
) {
  const aliases = [name, ...(newName === undefined ? [] : [`${modelName}.${newName}`, newName])];
  return parameter(`${modelName}.${name}`, shape, { aliases, ...options });
}

export function parts(config: AstConfig): ModelParts {
  const { blocks, norm, head } = parameters(config);
  const attention = blocks.flatMap(({ query, key, value }) => [query.weight, key.weight, value.weight]);
  return {
    ...{ blocks, behind: norm, head, attention },
    classify: (ops, head, embedding) => classify(ops, head, embedding, config),
  };
}

export type AstParameters = ReturnType<typeof parameters>;
type Weights<T> = Resolved<AstParameters, T>;
type Block<T> = Weights<T>['blocks'][number];
type Linear<T> = Block<T>['query'];
type Norm<T> = Weights<T>['norm'];
type Head<T> = NonNullable<Weights<T>['head']>;

/**
 * Normalized features [B, frames, melBins] → logits [B, labels] where there is a head, embedding [B, D], and of
 * outputs.ts what is `asked` for.
 */
export function build<T>(
  ops: Ops<T>,
  weights: Weights<T>,
  { input_values: features }: { readonly input_values: T },
  config: AstConfig,
  asked: ReadonlySet<string> = new Set(),
): { embedding: T } & Record<string, T> {
  const { embedDim, depth, patchSize, frequencyStride, timeStride, layerNormEpsilon } = config;
  const recorder = createActivationRecorder(ops, config, asked);

  const spectrogram = ops.transpose(features, [0, 2, 1]); // [B, melBins, frames]
  const patches = ops.patches(spectrogram, {
    size: [patchSize, patchSize],
    stride: [frequencyStride, timeStride],
  }); // [B, N - 2, patchSize²]
  const projection = ops.reshape(weights.patchProjection.weight, [embedDim, patchSize * patchSize]);
  const patchTokens = ops.linear(patches, projection, weights.patchProjection.bias); // [B, N - 2, D]

  const classToken = ops.expandBatch(weights.classToken, patchTokens); // [B, 1, D]
  const distillationToken = ops.expandBatch(weights.distillationToken, patchTokens); // [B, 1, D]
  let tokens = ops.concat([classToken, distillationToken, patchTokens], 1); // [B, N, D]
  tokens = ops.add(tokens, weights.positions);

  weights.blocks.forEach((block, layer) => {
    // Only the two class tokens are read after the last block: it computes no others unless they are asked for.
    const keep = layer === depth - 1 && !recorder.everyToken ? classTokens : undefined;
    tokens = transformerBlock(ops, block, tokens, config, {
      keep,
      onAttention: (query, key) => recorder.attention(layer, query, key),
    });
    recorder.hidden(layer, tokens);
  }); // [B, N, D], or [B, 2, D]
  tokens = layerNorm(ops, weights.norm, tokens, layerNormEpsilon);

  const pooled = recorder.everyToken ? ops.slice(tokens, 1, 0, classTokens) : tokens; // [B, 2, D]
  const embedding = ops.mean(pooled, 1); // [B, D]
  const { head } = weights;
  const classified = head && { logits: classify(ops, head, embedding, config) };
  return { ...classified, embedding, patches: patchTokens, tokens, ...recorder.outputs() };
}

function classify<T>(ops: Ops<T>, { norm, linear: dense }: Head<T>, embedding: T, config: AstConfig): T {
  const normed = layerNorm(ops, norm, embedding, config.headLayerNormEpsilon);
  return linear(ops, dense, normed); // [B, labels]
}

/**
 * Pre-norm attention and MLP, each with a residual (Vaswani et al. 2017; Dosovitskiy et al. 2021). With
 * `keep`, only that many leading tokens come out: they attend to all, the others only lend their keys and
 * values, and the result for those kept is the same. `onAttention` is shown query and key.
 */
function transformerBlock<T>(
  ops: Ops<T>,
  block: Block<T>,
  tokens: T, // [B, N, D]
  { heads, layerNormEpsilon }: AstConfig,
  { keep, onAttention }: { keep: number | undefined; onAttention(query: T, key: T): void },
): T {
  const first = (x: T) => (keep === undefined ? x : ops.slice(x, 1, 0, keep));

  const normed = layerNorm(ops, block.norm1, tokens, layerNormEpsilon); // [B, N, D]
  const query = linear(ops, block.query, first(normed)); // [B, keep, D]
  const key = linear(ops, block.key, normed); // [B, N, D]
  const value = linear(ops, block.value, normed); // [B, N, D]
  onAttention(query, key);
  const attended = ops.attention(query, key, value, { heads }); // [B, keep, D]
  const mixed = ops.add(first(tokens), linear(ops, block.projection, attended)); // [B, keep, D]

  const normed2 = layerNorm(ops, block.norm2, mixed, layerNormEpsilon);
  const hidden = ops.gelu(linear(ops, block.mlp1, normed2)); // [B, keep, mlpDim]
  return ops.add(mixed, linear(ops, block.mlp2, hidden)); // [B, keep, D]
}

function linear<T>(ops: Ops<T>, { weight, bias }: Linear<T>, x: T): T {
  return ops.linear(x, weight, bias);
}

function layerNorm<T>(ops: Ops<T>, { scale, shift }: Norm<T>, x: T, epsilon: number): T {
  return ops.layerNorm(x, scale, shift, { epsilon });
}
