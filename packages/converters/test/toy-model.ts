// The smallest model that has something to convert: two linear layers that its checkpoints hold fused.

import type { AnyModel, ConversionPlan, JsonObject, Model, TensorInfos } from '@audiozoo/core';
import { parameter } from '@audiozoo/core/plugin';
import { stateDictArchive } from './torch-archive.js';

const width = 4;

function parameters() {
  return {
    left: parameter('left.weight', [width, width]),
    right: parameter('right.weight', [width, width]),
    bias: parameter('bias', [width]),
  };
}

export const toy: Model<JsonObject, ReturnType<typeof parameters>> = {
  type: 'toy',
  readConfig: (config) => config,
  parameters,
  inputs: () => ({ x: { shape: [width] } }),
  outputs: () => ({ y: { shape: [width] } }),
  build: (ops, weights, { x }) => ({
    y: ops.linear(ops.linear(x!, weights.left), weights.right, weights.bias),
  }),
  frontEnd() {
    throw new Error('not needed here');
  },
  labels: () => [],
  problemType: () => 'single_label_classification',
  foreignCheckpoint: {
    recognize: (tensors) => (tensors.has('fused.weight') ? { model: 'toy', naming: 'fused' } : undefined),
    plan: (_: TensorInfos, { labels }): ConversionPlan => ({
      config: { model_type: 'toy', labels: labels?.map(({ name }) => name) ?? [] },
      preprocessorConfig: { sampling_rate: 16000 },
      tensors: [
        { name: 'bias', from: 'fused.bias', shape: [width] },
        {
          name: 'right.weight',
          from: 'fused.weight',
          rows: { start: width, end: 2 * width },
          shape: [width, width],
        },
        { name: 'left.weight', from: 'fused.weight', rows: { start: 0, end: width }, shape: [width, width] },
      ],
      unused: ['head.weight'],
      assumptions: ['The width is 4.'],
    }),
  },
};

export const models: readonly AnyModel[] = [toy];

export const fusedWeight = Float32Array.from({ length: 2 * width * width }, (_, index) => index / 8);
export const bias = Float32Array.of(-1, 0.5, 1, 3);

/** A checkpoint of the toy, its names behind `prefix`, with a tensor that nobody needs. */
export function toyCheckpoint(prefix = ''): Uint8Array {
  return stateDictArchive({
    [`${prefix}fused.weight`]: { shape: [2 * width, width], data: fusedWeight },
    [`${prefix}fused.bias`]: { shape: [width], data: bias },
    'head.weight': { shape: [2], data: Float32Array.of(1, 2) },
  });
}
