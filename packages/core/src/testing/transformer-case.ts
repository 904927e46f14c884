// The operations together, as a vision transformer calls them: what each does right alone can still go
// wrong in a row, where a backend fuses, reuses buffers or leaves tensors in another order.

import type { Ops } from '../backend/ops.js';
import { type ConformanceCase, conformanceCase } from './conformance-case.js';

const width = 8;
const heads = 2;
const tokens = 12; // 2 of the model's own, then 5 rows of 2 patches

type BlockWeight = `${'query' | 'key' | 'value' | 'output' | 'up' | 'down' | 'norm1' | 'norm2'}.${
  | 'weight'
  | 'bias'}`;

export const transformerCase: ConformanceCase = conformanceCase({
  name: 'a transformer of one block, from picture to tokens and logits',
  inputs: { picture: [6, 18] },
  weights: {
    'patch.weight': [width, 1, 4, 4],
    'patch.bias': [width],
    'token.own': [1, 2, width],
    'token.positions': [1, tokens, width],
    'query.weight': [width, width],
    'query.bias': [width],
    'key.weight': [width, width],
    'key.bias': [width],
    'value.weight': [width, width],
    'value.bias': [width],
    'output.weight': [width, width],
    'output.bias': [width],
    'norm1.weight': [width],
    'norm1.bias': [width],
    'norm2.weight': [width],
    'norm2.bias': [width],
    'up.weight': [4 * width, width],
    'up.bias': [4 * width],
    'down.weight': [width, 4 * width],
    'down.bias': [width],
    'head.weight': [3, width],
    'head.bias': [3],
  },
  outputs: { hidden: [tokens, width], logits: [3] },
  build(ops, { picture }, weights) {
    const patches = ops.patches(ops.transpose(picture, [0, 2, 1]), { size: [4, 4], stride: [3, 2] }); // [B, 10, 16]
    const projection = ops.reshape(weights['patch.weight'], [width, 16]);
    const embedded = ops.linear(patches, projection, weights['patch.bias']); // [B, 10, 8]
    const own = ops.expandBatch(weights['token.own'], embedded); // [B, 2, 8]
    const x = ops.add(ops.concat([own, embedded], 1), weights['token.positions']); // [B, 12, 8]
    const hidden = block(ops, x, weights);
    const pooled = ops.mean(ops.slice(hidden, 1, 0, 2), 1); // [B, 8]
    return { hidden, logits: ops.linear(pooled, weights['head.weight'], weights['head.bias']) };
  },
});

function block<T>(ops: Ops<T>, x: T, weights: Readonly<Record<BlockWeight, T>>): T {
  const apply = (name: 'query' | 'key' | 'value' | 'output' | 'up' | 'down', input: T) =>
    ops.linear(input, weights[`${name}.weight`], weights[`${name}.bias`]);
  const normalize = (name: 'norm1' | 'norm2', input: T) =>
    ops.layerNorm(input, weights[`${name}.weight`], weights[`${name}.bias`], { epsilon: 1e-6 });

  const normal = normalize('norm1', x);
  const mixed = ops.attention(apply('query', normal), apply('key', normal), apply('value', normal), {
    heads,
  });
  const attended = ops.add(x, apply('output', mixed));
  return ops.add(attended, apply('down', ops.gelu(apply('up', normalize('norm2', attended)))));
}
