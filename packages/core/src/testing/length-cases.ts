// Inputs of any length: what the operations make of sizes that are known only at run.

import type { Ops } from '../backend/ops.js';
import { type ConformanceCase, conformanceCase } from './conformance-case.js';

/** Tokens [B, 2 to 7, 6]. */
const wide = { least: 2, shape: [7, 6] };

const linears = [
  conformanceCase({
    name: 'any length: a linear and what works on each element',
    inputs: { x: wide },
    weights: { weight: [4, 6], bias: [4], scale: [4], shift: [4] },
    outputs: { y: [7, 4] },
    build: (ops, { x }, { weight, bias, scale, shift }) => {
      const hidden = ops.linear(ops.gelu(x), weight, bias);
      const normed = ops.layerNorm(ops.add(hidden, scale), scale, shift, { epsilon: 1e-5 });
      return { y: ops.multiply(ops.clamp(normed, { least: -1 }), hidden) };
    },
  }),
  conformanceCase({
    name: 'any length: two inputs of one length, and a mean along it',
    inputs: { a: wide, b: wide },
    weights: { weight: [3, 6] },
    outputs: { y: [3], sum: [6] },
    build: (ops, { a, b }, { weight }) => {
      const sum = ops.mean(ops.add(a, b), 1); // [B, 6]
      return { y: ops.linear(sum, weight), sum };
    },
  }),
  conformanceCase({
    name: 'any length: parts of each element, joined and turned, and the first elements',
    inputs: { x: wide },
    outputs: { y: [12, 7], first: [2, 6] },
    build: (ops, { x }) => {
      const [left, right] = [ops.slice(x, 2, 0, 2), ops.slice(x, 2, 2, 6)];
      const beside = ops.concat([right, left, x], 2); // [B, frames, 12]
      return { y: ops.transpose(beside, [0, 2, 1]), first: ops.slice(x, 1, 0, 2) };
    },
  }),
  conformanceCase({
    name: 'any length: a weight for each clip, in front of features',
    inputs: { x: wide },
    weights: { weight: [1, 1, 6] },
    outputs: { y: [7, 6] },
    build: (ops, { x }, { weight }) => ({ y: ops.multiply(x, ops.expandBatch(weight, x)) }),
  }),
];

const attentions = [
  conformanceCase({
    name: 'any length: attention among all, and of some',
    inputs: { x: wide },
    weights: { weight: [18, 6], bias: [18] },
    outputs: { all: [7, 6], some: [2, 6], shares: [2, 7, 7] },
    build: (ops, { x }, { weight, bias }) => {
      const qkv = ops.linear(x, weight, bias); // [B, frames, 18]
      const [query, key, value] = [0, 6, 12].map((start) => ops.slice(qkv, 2, start, start + 6)) as [
        typeof x,
        typeof x,
        typeof x,
      ];
      return {
        all: ops.attention(query, key, value, { heads: 2 }),
        some: ops.attention(ops.slice(query, 1, 0, 2), key, value, { heads: 3 }),
        shares: ops.attentionProbabilities(query, key, { heads: 2 }),
      };
    },
  }),
  conformanceCase({
    name: 'any length: attention within each of several rows',
    inputs: { x: { least: 2, shape: [7, 8] } },
    outputs: { y: [2, 7, 4] },
    build: (ops, { x }) => {
      const rows = ops.transpose(ops.reshape(x, [0, -1, 2, 4]), [0, 2, 1, 3]); // [B, 2, frames, 4]
      return { y: ops.attention(rows, rows, rows, { heads: 2 }) };
    },
  }),
  conformanceCase({
    name: 'any length: attention with a bias for each head',
    inputs: { x: wide },
    weights: { bias: [2, 1, 1] },
    outputs: { y: [7, 6] },
    build: (ops, { x }, { bias }) => ({ y: ops.attention(x, x, x, { heads: 2, bias }) }),
  }),
  conformanceCase({
    name: 'any length: products of matrices',
    inputs: { x: wide },
    outputs: { y: [6, 6], z: [7, 7] },
    build: (ops, { x }) => {
      const turned = ops.transpose(x, [0, 2, 1]);
      return { y: ops.matmul(turned, x), z: ops.matmul(x, turned) };
    },
  }),
];

const shapes = [
  conformanceCase({
    name: 'reshape: sizes as they are in front, and one that is left over',
    inputs: { x: [6, 4] },
    outputs: { y: [3, 2, 4], z: [24] },
    build: (ops, { x }) => {
      const y = ops.reshape(x, [0, 3, -1, 4]); // [B, 3, 2, 4]
      return { y, z: ops.reshape(y, [0, -1]) };
    },
  }),
  conformanceCase({
    name: 'reshape: sizes as they are behind',
    inputs: { x: [6, 4] },
    outputs: { y: [2, 4, 3] },
    build: (ops, { x }) => ({ y: ops.reshape(ops.reshape(x, [-1, 2, 4, 3]), [0, -1, 0, 0]) }),
  }),
  conformanceCase({
    name: 'any length: an axis of one more, and axes joined',
    inputs: { x: wide },
    outputs: { y: [1, 6, 7], z: [3, 14] },
    build: (ops, { x }) => {
      const turned = ops.transpose(x, [0, 2, 1]); // [B, 6, frames]
      return { y: ops.reshape(turned, [0, 1, 6, -1]), z: ops.reshape(turned, [0, 3, -1]) };
    },
  }),
  conformanceCase({
    name: 'sliceLike: the first of a table',
    inputs: { x: [3, 4] },
    weights: { table: [1, 5, 4] },
    outputs: { y: [3, 4] },
    build: (ops, { x }, { table }) => ({ y: ops.add(x, ops.sliceLike(table, 1, x)) }),
  }),
  conformanceCase({
    name: 'sliceLike: as many as there are',
    inputs: { x: [3, 4], like: [2, 4] },
    outputs: { y: [3, 4] },
    build: (ops, { x, like }) => ({ y: ops.add(ops.sliceLike(x, 2, like), x) }),
  }),
  conformanceCase({
    name: 'sliceLike: along an axis behind others, of any length',
    inputs: { x: wide, other: { least: 2, shape: [7, 3] } },
    weights: { table: [2, 9, 6] },
    outputs: { y: [2, 7, 6] },
    build: (ops, { x, other }, { table }) => {
      const rows = ops.reshape(x, [0, 1, -1, 6]); // [B, 1, frames, 6]
      const like = ops.reshape(other, [0, 1, -1, 3]); // [B, 1, frames, 3]
      return { y: ops.add(rows, ops.sliceLike(ops.reshape(table, [1, 2, 9, 6]), 2, like)) };
    },
  }),
];

const taken = conformanceCase({
  name: 'any length: elements taken at places, as many as a convolution has, and the largest',
  inputs: { x: { least: 7, shape: [12] } },
  weights: {
    counter: [1, 1, 1, 2],
    starts: { shape: [1, 5, 1], value: (_, index) => 2 * index },
    offsets: { shape: [1, 2], value: (_, index) => index },
  },
  outputs: { y: [5, 2], most: [2] },
  build: (ops, { x }, { counter, starts, offsets }) => {
    const row = ops.reshape(x, [0, 1, 1, -1]); // [B, 1, 1, samples]
    const counted = ops.conv2d(row, counter, undefined, { stride: [1, 3], padding: [0, 1] });
    const first = ops.sliceLike(starts, 1, ops.reshape(counted, [0, -1, 1])); // [1, ⌊samples / 3⌋ + 1, 1]
    const places = ops.reshape(ops.add(first, offsets), [1, -1]);
    const y = ops.reshape(ops.take(x, ops.expandBatch(places, x)), [0, -1, 2]);
    return { y, most: ops.max(y, 1) };
  },
});

const image = { least: 5, shape: [12, 6] };

const images = [
  ...[
    { name: 'side by side', size: [3, 4], stride: [3, 4], rows: 2, columns: 3 },
    { name: 'overlapping', size: [2, 5], stride: [1, 2], rows: 5, columns: 4 },
  ].map(({ name, size, stride, rows, columns }) => {
    const options = { size: size as [number, number], stride: stride as [number, number] };
    return conformanceCase({
      name: `any length: patches ${name}, along the length across`,
      inputs: { x: image },
      weights: { weight: [4, size[0]! * size[1]!], positions: [1, 5, 9, 4] },
      outputs: { y: [rows * columns, 4] },
      build: (ops, { x }, { weight, positions }) => {
        const cut = ops.linear(ops.patches(ops.transpose(x, [0, 2, 1]), options), weight);
        const grid = ops.reshape(cut, [0, rows, -1, 4]); // [B, rows, columns, 4]
        const added = ops.sliceLike(ops.slice(positions, 1, 0, rows), 2, grid);
        return { y: ops.reshape(ops.add(grid, added), [0, -1, 4]) };
      },
    });
  }),
  conformanceCase({
    name: 'any length: patches along the length down',
    inputs: { x: image },
    outputs: { y: [8, 10] },
    build: (ops, { x }) => ({ y: ops.patches(x, { size: [5, 2], stride: [2, 4] }) }),
  }),
  conformanceCase({
    name: 'any length: convolutions with strides, each with a residual, and the mean of what is left',
    inputs: { x: image },
    weights: {
      stem: [4, 1, 3, 3],
      bias: [4],
      deep: [4, 1, 5, 5],
      grouped: [4, 2, 3, 1],
      down: [4, 1, 3, 3],
      pixel: [4, 4, 1, 1],
    },
    outputs: { y: [4, 2, 3], mean: [4], thin: [4, 1, 2] },
    build: (ops, { x }, weights) => convolutions(ops, x, weights),
  }),
];

type Kernels<T> = Readonly<Record<'stem' | 'bias' | 'deep' | 'grouped' | 'down' | 'pixel', T>>;

function convolutions<T>(ops: Ops<T>, x: T, { stem, bias, deep, grouped, down, pixel }: Kernels<T>) {
  const turned = ops.reshape(ops.transpose(x, [0, 2, 1]), [0, 1, 6, -1]); // [B, 1, 6, frames]
  const first = ops.hardswish(ops.conv2d(turned, stem, bias, { stride: [2, 2], padding: [1, 1] }));
  const own = ops.relu(ops.conv2d(first, deep, bias, { stride: [1, 1], padding: [2, 2], groups: 4 }));
  const second = ops.add(first, own); // [B, 4, 3, ⌈frames / 2⌉]
  const parts = ops.conv2d(second, grouped, undefined, { stride: [1, 1], padding: [1, 0], groups: 2 });
  const shares = ops.sigmoid(ops.mean(ops.mean(parts, 3), 2)); // [B, 4]
  const weighed = ops.multiply(ops.add(second, parts), ops.reshape(shares, [-1, 4, 1, 1]));
  const y = ops.conv2d(weighed, down, bias, { stride: [2, 2], padding: [1, 1], groups: 4 });
  const thin = ops.conv2d(y, pixel, bias, { stride: [2, 2], padding: [0, 0] });
  return { y, mean: ops.mean(ops.mean(y, 2), 2), thin };
}

export const lengthCases: readonly ConformanceCase[] = [
  ...linears,
  ...attentions,
  ...shapes,
  taken,
  ...images,
];
