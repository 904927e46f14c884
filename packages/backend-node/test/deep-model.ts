// A model whose runs last as long as their batch is large: a hundred layers that share one weight.

import { type AnyModel, type Tensor, tensor } from '@audiozoo/core';
import { parameter, weightsInMemory } from '@audiozoo/core/plugin';
import { randomTensor } from '@audiozoo/core/testing';

const layers = 100;
const rows = 64;
const width = 256;

export const deepModel: AnyModel = {
  type: 'deep',
  readConfig: () => undefined,
  parameters: () => ({ weight: parameter('weight', [width, width]) }),
  inputs: () => ({ x: { shape: [rows, width] } }),
  outputs: () => ({ y: { shape: [rows, width] } }),
  build(ops, { weight }, { x }) {
    let y = ops.linear(x!, weight);
    for (let layer = 1; layer < layers; layer++) y = ops.linear(y, weight);
    return { y };
  },
  frontEnd() {
    throw new Error('It takes tensors, not sound.');
  },
  labels: () => [],
  problemType: () => 'single_label_classification',
};

/** Weights that neither swell nor shrink what goes through them. */
export const deepWeights = () =>
  weightsInMemory({ weight: randomTensor([width, width], 1, 1 / Math.sqrt(width)) });

export function deepInputs(batch: number): Record<string, Tensor<'float32'>> {
  const shape = [batch, rows, width];
  return { x: tensor('float32', shape, new Float32Array(batch * rows * width).fill(1)) };
}

/** A batch that takes a tenth of a second and more, and one that takes hardly any time. */
export const longBatch = 48;
export const shortBatch = 1;
