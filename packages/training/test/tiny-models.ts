// The zoo's models, as small as they get, with weights at random: what their gradients are tried on.

import { ast } from '@audiozoo/ast';
import { ced } from '@audiozoo/ced';
import { clap } from '@audiozoo/clap';
import type { AnyModel, Inputs, Tensor } from '@audiozoo/core';
import { parameter, storedParameters } from '@audiozoo/core/plugin';
import { normalRandom, randomTensor } from '@audiozoo/core/testing';
import { efficientat } from '@audiozoo/efficientat';

export interface TinyModel {
  readonly model: AnyModel;
  readonly config: unknown;
}

const labels = ['dog', 'rain', 'rooster'].map((name) => ({ name }));
const sizes = { labels, problemType: 'multi_label_classification', melBins: 32, frames: 32 };
const transformer = { embedDim: 8, depth: 2, heads: 2, mlpDim: 16, patchSize: 16, qkvBias: true };

/** CLAP tells no classes apart: a layer over its embedding does. */
const clapWithHead: AnyModel = {
  ...clap,
  parameters: (config) => ({
    clap: clap.parameters(config),
    head: {
      weight: parameter('head.weight', [labels.length, 6]),
      bias: parameter('head.bias', [labels.length]),
    },
  }),
  outputs: () => ({ logits: { shape: [labels.length] } }),
  labels: () => labels,
  build: (ops, weights, inputs, config) => {
    const { embedding } = clap.build(ops, weights.clap, inputs, config, new Set(['embedding']));
    return { logits: ops.linear(embedding!, weights.head.weight, weights.head.bias) };
  },
};

const mobileNet = { ...sizes, width: 0.1, strides: [2, 2, 2, 2], weakHead: false };

export const tinyModels: Readonly<Record<string, TinyModel>> = {
  ast: {
    model: ast,
    config: {
      ...sizes,
      ...transformer,
      frequencyStride: 10,
      timeStride: 10,
      layerNormEpsilon: 1e-6,
      headLayerNormEpsilon: 1e-5,
    },
  },
  ced: { model: ced, config: { ...sizes, ...transformer, storedFrames: 48 } },
  mn: { model: efficientat, config: { ...mobileNet, variant: 'mn', head: 'mlp' } },
  'mn, fully convolutional': {
    model: efficientat,
    config: { ...mobileNet, variant: 'mn', head: 'fully_convolutional' },
  },
  frame_mn: {
    model: efficientat,
    config: { ...mobileNet, variant: 'frame_mn', strides: undefined, head: 'frames' },
  },
  clap: {
    model: clapWithHead,
    config: {
      ...transformer,
      depths: [2, 1],
      heads: [2, 2],
      mlpRatio: 2,
      patchSize: 4,
      imageSize: 32,
      windowSize: 4,
      normEpsilon: 1e-5,
      melBins: 16,
      fusion: false,
      fusionReduction: 2,
      projectionDim: 6,
      clipSamples: 600,
      hopLength: 10,
      hearing: {},
    },
  },
};

/** What files of the model would hold, the same at each call. */
export function randomWeights({ model, config }: TinyModel): Record<string, Tensor<'float32'>> {
  const weights = storedParameters(model.parameters(config)).map(({ name, shape }, index) => {
    const fanIn = shape.slice(1).reduce((product, size) => product * size, 1);
    const drawn = randomTensor(shape, index + 1, shape.length > 1 ? Math.sqrt(2 / fanIn) : 0.2);
    // Normalizations multiply by something around 1, and variances are above 0.
    const isFactor = /running_var|norm\w*\.weight|\.[01]\.weight$/i.test(name) && shape.length === 1;
    return [name, isFactor ? { ...drawn, data: drawn.data.map((value) => 1 + value) } : drawn];
  });
  return Object.fromEntries(weights);
}

export function randomInputs({ model, config }: TinyModel, batch: number): Inputs {
  const inputs = Object.entries(model.inputs(config)).map(([name, { shape }], index) => [
    name,
    randomTensor([batch, ...shape], 500 + index),
  ]);
  return Object.fromEntries(inputs);
}

/** Soft targets [batch, labels] that add to 1. */
export function randomTargets(batch: number): Tensor<'float32'> {
  const normal = normalRandom(9);
  const rows = Array.from({ length: batch }, () => {
    const powers = labels.map(() => Math.exp(normal()));
    const sum = powers.reduce((total, power) => total + power);
    return powers.map((power) => power / sum);
  });
  return { dtype: 'float32', shape: [batch, labels.length], data: Float32Array.from(rows.flat()) };
}
