// One encoder block of AST-base, with random weights: for ten seconds of sound, 1214 tokens, it is 21.7 GFLOP.

import type { AnyModel, Ops, Resolved, Tensor } from '@audiozoo/core';
import { listParameters, parameter } from '@audiozoo/core/plugin';
import { randomTensor } from '@audiozoo/core/testing';

const [width, heads] = [768, 12];

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

/** The block as a model, x [B, tokens, 768] → y of that shape. */
export function encoderBlock(tokens: number): AnyModel {
  return {
    type: 'encoder-block',
    readConfig: () => undefined,
    parameters: () => tree,
    inputs: () => ({ x: { shape: [tokens, width] } }),
    outputs: () => ({ y: { shape: [tokens, width] } }),
    build<T>(ops: Ops<T>, weights: Resolved<typeof tree, T>, inputs: Readonly<Record<string, T>>) {
      const apply = ({ weight, bias }: { weight: T; bias: T }, x: T) => ops.linear(x, weight, bias);
      const normalize = ({ scale, shift }: { scale: T; shift: T }, x: T) =>
        ops.layerNorm(x, scale, shift, { epsilon: 1e-6 });
      const x = inputs.x as T;
      const normed = normalize(weights.norm1, x);
      const [query, key, value] = [weights.query, weights.key, weights.value].map((each) =>
        apply(each, normed),
      ) as [T, T, T];
      const mixed = ops.add(x, apply(weights.output, ops.attention(query, key, value, { heads })));
      const hidden = ops.gelu(apply(weights.up, normalize(weights.norm2, mixed)));
      return { y: ops.add(mixed, apply(weights.down, hidden)) };
    },
    frontEnd() {
      throw new Error('An encoder block hears nothing.');
    },
    labels: () => [],
    problemType: () => 'multi_label_classification',
  };
}

export function blockWeights(): Record<string, Tensor> {
  const weights = listParameters(tree).map(({ name, shape }, index) => [
    name,
    randomTensor(shape, index, 0.05),
  ]);
  return Object.fromEntries(weights) as Record<string, Tensor>;
}

export function blockInput(tokens: number): { readonly x: Tensor<'float32'> } {
  return { x: randomTensor([1, tokens, width], 1) };
}
