// One encoder block of AST-base on ten seconds of sound: 1214 tokens, 21.7 GFLOP.

import { onnxruntimeWeb } from '@audiozoo/backend-web/onnxruntime';
import { tfjs } from '@audiozoo/backend-web/tfjs';
import {
  type AnyModel,
  type Backend,
  type LoadedModel,
  listParameters,
  type Ops,
  parameter,
  type Resolved,
  weightsInMemory,
} from '@audiozoo/core';
import { randomTensor } from '@audiozoo/core/testing';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as ort from 'onnxruntime-web';

const [tokens, width, heads] = [1214, 768, 12];

const linear = (name: string, outSize: number, inSize: number) => ({
  weight: parameter(`${name}.weight`, [outSize, inSize]),
  bias: parameter(`${name}.bias`, [outSize]),
});
const norm = (name: string) => ({
  scale: parameter(`${name}.scale`, [width]),
  shift: parameter(`${name}.shift`, [width]),
});

const tree = {
  norm1: norm('norm1'),
  query: linear('query', width, width),
  key: linear('key', width, width),
  value: linear('value', width, width),
  output: linear('output', width, width),
  norm2: norm('norm2'),
  up: linear('up', 4 * width, width),
  down: linear('down', width, 4 * width),
};

const model: AnyModel = {
  type: 'encoder-block',
  readConfig: () => undefined,
  parameters: () => tree,
  inputs: () => ({ x: { shape: [tokens, width] } }),
  outputs: () => ({ y: { shape: [tokens, width] } }),
  build<T>(ops: Ops<T>, weights: Resolved<typeof tree, T>, inputs: Readonly<Record<string, T>>) {
    const apply = ({ weight, bias }: { weight: T; bias: T }, x: T) => ops.linear(x, weight, bias);
    const normalise = ({ scale, shift }: { scale: T; shift: T }, x: T) =>
      ops.layerNorm(x, scale, shift, { epsilon: 1e-6 });
    const x = inputs.x as T;
    const normed = normalise(weights.norm1, x);
    const [query, key, value] = [weights.query, weights.key, weights.value].map((each) =>
      apply(each, normed),
    ) as [T, T, T];
    const mixed = ops.add(x, apply(weights.output, ops.attention(query, key, value, { heads })));
    const hidden = ops.gelu(apply(weights.up, normalise(weights.norm2, mixed)));
    return { y: ops.add(mixed, apply(weights.down, hidden)) };
  },
  frontEnd() {
    throw new Error('An encoder block hears nothing.');
  },
  labels: () => [],
  problemType: () => 'multi_label_classification',
};

let loaded: LoadedModel;

/** Loads the block and says what it runs on. */
export async function load(
  runtime: 'tfjs' | 'onnxruntime',
  threads: number,
  wasmFolder: string,
): Promise<string> {
  setWasmPaths(wasmFolder);
  const backend: Backend =
    runtime === 'tfjs' ? tfjs({ tf, device: 'wasm' }) : onnxruntimeWeb({ ort, device: 'wasm', threads });
  const weights = listParameters(tree).map(({ name, shape }, index) => [
    name,
    randomTensor(shape, index, 0.05),
  ]);
  loaded = await backend.load(model, weightsInMemory(Object.fromEntries(weights)), { config: undefined });
  return loaded.device;
}

/** Milliseconds of one run. */
export async function run(): Promise<number> {
  const x = randomTensor([1, tokens, width], 1);
  const start = performance.now();
  await loaded.run({ x });
  return performance.now() - start;
}
