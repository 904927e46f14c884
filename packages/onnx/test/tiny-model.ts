// A model of all operations, small enough to look at. Its second output needs nodes and weights of its own.

import type { AnyModel, Ops, Shape, Tensor } from '@audiozoo/core';
import { parameter } from '@audiozoo/core/plugin';
import { randomTensor } from '@audiozoo/core/testing';

const width = 8;
const tokens = 7; // one class token and 2 × 3 patches

/** A model out of its forward pass. Shapes are without the batch. */
export function modelOf(
  parameters: Readonly<Record<string, Shape>>,
  inputs: Readonly<Record<string, Shape>>,
  outputs: Readonly<Record<string, Shape>>,
  build: <T>(ops: Ops<T>, weights: Record<string, T>, inputs: Record<string, T>) => Record<string, T>,
): AnyModel {
  const specify = (shapes: Readonly<Record<string, Shape>>) =>
    Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape }]));
  return {
    type: 'tiny',
    readConfig: () => undefined,
    parameters: () =>
      Object.fromEntries(Object.entries(parameters).map(([name, shape]) => [name, parameter(name, shape)])),
    inputs: () => specify(inputs),
    outputs: () => specify(outputs),
    build,
    frontEnd: () => {
      throw new Error('tiny hears nothing');
    },
    labels: () => [],
    problemType: () => 'single_label_classification',
  };
}

const parameterShapes = {
  'embeddings.class_token': [1, 1, width],
  'embeddings.positions': [1, tokens, width],
  'embeddings.projection.weight': [width, 1, 4, 4],
  'embeddings.projection.bias': [width],
  'encoder.norm.weight': [width],
  'encoder.norm.bias': [width],
  'encoder.query.weight': [width, width],
  'encoder.dense.weight': [width, width],
  'encoder.dense.bias': [width],
  'classifier.weight': [3, width],
  'extra.weight': [2, width],
} as const satisfies Record<string, Shape>;

export const tinyModel = modelOf(
  parameterShapes,
  { picture: [10, 8] },
  { logits: [3], extra: [2] },
  (ops, weights, { picture }) => {
    const patches = ops.patches(ops.transpose(picture!, [0, 2, 1]), { size: [4, 4], stride: [4, 3] }); // [B, 6, 16]
    const projection = ops.reshape(weights['embeddings.projection.weight']!, [width, 16]);
    const patchTokens = ops.linear(patches, projection, weights['embeddings.projection.bias']);
    const classToken = ops.expandBatch(weights['embeddings.class_token']!, patchTokens);
    const embedded = ops.add(ops.concat([classToken, patchTokens], 1), weights['embeddings.positions']!);
    const normed = ops.layerNorm(embedded, weights['encoder.norm.weight']!, weights['encoder.norm.bias']!, {
      epsilon: 1e-6,
    });
    const query = ops.linear(ops.slice(normed, 1, 0, 2), weights['encoder.query.weight']!); // [B, 2, 8]
    const attended = ops.attention(query, normed, normed, { heads: 2 });
    const hidden = ops.gelu(
      ops.linear(attended, weights['encoder.dense.weight']!, weights['encoder.dense.bias']),
    );
    const pooled = ops.mean(hidden, 1); // [B, 8]
    return {
      logits: ops.linear(pooled, weights['classifier.weight']!),
      extra: ops.linear(ops.gelu(pooled), weights['extra.weight']!),
    };
  },
);

export const tinyTensors: Readonly<Record<keyof typeof parameterShapes, Tensor<'float32'>>> =
  Object.fromEntries(
    Object.entries(parameterShapes).map(([name, shape], index) => [name, randomTensor(shape, index + 1)]),
  ) as Record<keyof typeof parameterShapes, Tensor<'float32'>>;
