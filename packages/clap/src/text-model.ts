// CLAP's tower of words: RoBERTa (post-norm), of which the first token is read.

import { AudiozooError, type Model, type Ops, type Resolved } from '@audiozoo/core';
import { parameter } from '@audiozoo/core/plugin';
import {
  attend,
  blockParameters,
  constant,
  layerNorm,
  linear,
  linearParameters,
  normParameters,
  project,
  projectionParameters,
} from './layers.js';
import { type ClapTextConfig, readTextConfig } from './text-config.js';

/** Added to the scores of padding. */
const masked = -1e4;

/** Numbers of tokens that texts are padded to. */
export const tokenCounts = [16, 32, 64, 128, 256] as const;

function parameters(config: ClapTextConfig) {
  const { width, depth, mlpDim, words, projectionDim } = config;
  return {
    words: parameter('text_model.embeddings.word_embeddings.weight', [words, width]),
    places: placeParameter(config),
    norm: normParameters('text_model.embeddings.LayerNorm', width),
    mask: constant('text_model.mask', [2, 1], (index) => (index === 0 ? masked : 0)),
    layers: Array.from({ length: depth }, (_, index) => {
      const layer = `text_model.encoder.layer.${index}`;
      return {
        ...blockParameters(layer, { width, mlpDim, bias: true }),
        norm1: normParameters(`${layer}.attention.output.LayerNorm`, width),
        norm2: normParameters(`${layer}.output.LayerNorm`, width),
      };
    }),
    pooler: linearParameters('text_model.pooler.dense', width, width),
    projection: projectionParameters('text_projection', width, projectionDim),
    scale: parameter('logit_scale_a.factor', [1], {
      derived: {
        from: [parameter('logit_scale_a', [])],
        compute: ([logarithm]) => logarithm!.map(Math.exp),
      },
    }),
  };
}

/** The embeddings of the places of tokens, which begin behind the padding's, and of the first type. [1, N, D] */
function placeParameter({ width, positions, padding, types, tokens }: ClapTextConfig) {
  return parameter('text_model.embeddings.places', [1, tokens, width], {
    derived: {
      from: [
        parameter('text_model.embeddings.position_embeddings.weight', [positions, width]),
        parameter('text_model.embeddings.token_type_embeddings.weight', [types, width]),
      ],
      compute: ([places, kinds]) =>
        Float32Array.from(
          { length: tokens * width },
          (_, index) => places![(padding + 1) * width + index]! + kinds![index % width]!,
        ),
    },
  });
}

type TextParameters = ReturnType<typeof parameters>;

function build<T>(
  ops: Ops<T>,
  weights: Resolved<TextParameters, T>,
  inputs: Readonly<Record<string, T>>,
  { heads, width, tokens: size, normEpsilon, projectionDim }: ClapTextConfig,
): Record<string, T> {
  const embedded = ops.add(ops.gather(weights.words, inputs.input_ids!), weights.places);
  let tokens = layerNorm(ops, weights.norm, embedded, normEpsilon); // [B, N, D]
  const bias = ops.reshape(ops.gather(weights.mask, inputs.attention_mask!), [-1, 1, 1, size]); // for every head and token
  for (const layer of weights.layers) {
    const mixed = ops.add(tokens, attend(ops, layer, tokens, { heads, bias }));
    const normed = layerNorm(ops, layer.norm1, mixed, normEpsilon);
    const hidden = ops.gelu(linear(ops, layer.mlp1, normed));
    tokens = layerNorm(ops, layer.norm2, ops.add(normed, linear(ops, layer.mlp2, hidden)), normEpsilon);
  }
  const first = ops.reshape(ops.slice(tokens, 1, 0, 1), [-1, width]);
  const pooled = ops.tanh(linear(ops, weights.pooler, first));
  const embedding = project(ops, weights.projection, pooled, projectionDim);
  return { embedding, pooled, scaled: ops.multiply(embedding, weights.scale) };
}

/** Texts as tokens → embeddings. Outputs: `embedding` of length 1, `pooled`, and `scaled` by the scale of logits. */
export const textModel: Model<ClapTextConfig, TextParameters> = {
  type: 'clap',
  readConfig: readTextConfig,
  parameters,
  ignored: (name) => /^audio_|^logit_scale_t$|\.(position_ids|token_type_ids)$/.test(name),
  inputs: ({ tokens, words }) => ({
    input_ids: { shape: [tokens], dtype: 'int64', below: words },
    attention_mask: { shape: [tokens], dtype: 'int64', below: 2 },
  }),
  outputs: ({ projectionDim, width }) => ({
    embedding: { shape: [projectionDim] },
    scaled: { shape: [projectionDim] },
    pooled: { shape: [width] },
  }),
  build,
  frontEnd() {
    throw new AudiozooError({
      code: 'argument',
      what: 'this model reads words',
      expected: 'the model of the sound',
      hint: 'Load `clap` for sound.',
    });
  },
  resizing: {
    sizes: { tokens: { kind: 'count', help: 'tokens of the longest text' } },
    lengths: ({ tokens }) =>
      [...tokenCounts.filter((count) => count < tokens), tokens].map((tokens) => ({ tokens })),
    config(config, { tokens = config.tokens }: { readonly tokens?: number }) {
      const most = config.positions - config.padding - 1;
      if (tokens >= 2 && tokens <= most) return { ...config, tokens };
      throw new AudiozooError({
        code: 'argument',
        what: 'tokens does not fit',
        expected: `2 to ${most}, as the model has position embeddings for`,
        got: `${tokens}`,
        option: 'size.tokens',
      });
    },
  },
};
