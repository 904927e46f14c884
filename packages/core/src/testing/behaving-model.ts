// The model that behaviors are tested with, what it takes, and what that should come to.

import type { Backend, LoadedModel } from '../backend/backend.js';
import type { AnyModel } from '../model/model.js';
import { parameter } from '../model/parameter.js';
import { type Weights, weightsInMemory } from '../model-directory/weights.js';
import type { Tensor } from '../tensors/tensor.js';
import { type NamedTensors, soundlessModel } from './conformance-case.js';
import { randomTensor } from './random.js';
import { referenceBackend } from './reference-backend.js';

export interface Config {
  readonly width: number;
}

/** Two inputs, two outputs and one on request, a config, parameters in a nested tree with one that is absent. */
export const model: AnyModel = {
  ...soundlessModel,
  parameters: ({ width }: Config) => ({
    absent: undefined,
    projection: {
      weight: parameter('projection.weight', [width, 5], { quantizable: true }),
      bias: parameter('projection.bias', [width]),
    },
    layers: [{ shift: parameter('layers.0.shift', [3, width]) }],
  }),
  inputs: ({ width }: Config) => ({ x: { shape: [3, 5] }, y: { shape: [3, width] } }),
  outputs: ({ width }: Config) => ({
    sum: { shape: [3, width] },
    pooled: { shape: [width] },
    projected: { shape: [3, width], onRequest: true },
  }),
  build(ops, weights, { x, y }, _, outputs) {
    const projected = ops.linear(x!, weights.projection.weight, weights.projection.bias);
    const sum = ops.add(ops.add(projected, y!), weights.layers[0].shift); // [B, 3, width]
    return { sum, pooled: ops.mean(sum, 1), ...(outputs.has('projected') && { projected }) };
  },
};

export const config: Config = { width: 4 };

export function modelTensors({ width }: Config = config): NamedTensors {
  return {
    'projection.weight': randomTensor([width, 5], 1),
    'projection.bias': randomTensor([width], 2),
    'layers.0.shift': randomTensor([3, width], 3),
  };
}

export function modelInputs(batch: number, { seed = 7, width = config.width } = {}): NamedTensors {
  return { x: randomTensor([batch, 3, 5], seed), y: randomTensor([batch, 3, width], seed + 1) };
}

export async function expectedOutputs(
  inputs: NamedTensors,
  tensors: Readonly<Record<string, Tensor>> = modelTensors(),
  its: Config = config,
  outputs?: readonly string[],
): Promise<NamedTensors> {
  const oracle = await referenceBackend().load(model, weightsInMemory(tensors), { config: its, outputs });
  return oracle.run(inputs);
}

/** Loads the model, hands it to `use`, and disposes it whatever happens. */
export async function withModel(
  backend: Backend,
  use: (loaded: LoadedModel) => Promise<void>,
  weights: Weights = weightsInMemory(modelTensors()),
  its: AnyModel = model,
): Promise<void> {
  const loaded = await backend.load(its, weights, { config });
  try {
    await use(loaded);
  } finally {
    await loaded.dispose();
  }
}

export function mapTensors<Result>(
  tensors: Readonly<Record<string, Tensor>>,
  make: (tensor: Tensor) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(tensors).map(([name, item]) => [name, make(item)]));
}
