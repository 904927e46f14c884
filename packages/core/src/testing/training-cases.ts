// The operations of the way back at their edges, and trained weights in the operations that take weights: to a runtime
// they are inputs, not constants.

import type { Shape } from '../tensors/shape.js';
import type { AttentionGradient } from '../training/training-ops.js';
import { type TrainingCase, trainingCase } from './training-case.js';

const sum = [
  { axes: [0], result: [3, 5, 4] },
  { axes: [1], result: [-1, 5, 4] },
  { axes: [0, 1], result: [5, 4] },
  { axes: [0, 2, 3], result: [3] },
  { axes: [1, 2, 3], result: [-1] },
].map(({ axes, result }) =>
  trainingCase({
    name: `sum: axes ${axes.join(', ')}`,
    inputs: { x: [3, 5, 4] },
    outputs: { y: result },
    build: (ops, { x }) => ({ y: ops.sum(x, axes) }),
  }),
);

const pad = [
  { axis: 1, before: 2, after: 3 },
  { axis: 1, before: 0, after: 1 },
  { axis: 2, before: 4, after: 0 },
  { axis: 3, before: 1, after: 1 },
].map(({ axis, before, after }) =>
  trainingCase({
    name: `pad: ${before} before and ${after} after axis ${axis}`,
    inputs: { x: [3, 2, 5] },
    outputs: { y: [-1, 3, 2, 5].with(axis, [-1, 3, 2, 5][axis]! + before + after) },
    build: (ops, { x }) => ({ y: ops.pad(x, axis, before, after) }),
  }),
);

const repeat = [
  ...[1, 2].map((axis) =>
    trainingCase({
      name: `repeat: axis ${axis}`,
      inputs: { x: [3, 4].with(axis - 1, 1) },
      outputs: { y: [-1, 3, 4].with(axis, 7) },
      build: (ops, { x }) => ({ y: ops.repeat(x, axis, 7) }),
    }),
  ),
  trainingCase({
    name: 'repeat: a trained weight',
    inputs: { x: [6, 5] },
    weights: { row: [1, 5] },
    outputs: { y: [-1, 6, 5] },
    build: (ops, { x }, { row }) => ({ y: ops.add(x, ops.repeat(row, 0, 6)) }),
  }),
];

const transposedMatmul = [
  ...[
    { name: 'a matrix each', a: [4, 6], b: [4, 3] },
    { name: 'a matrix for each head', a: [2, 4, 6], b: [2, 4, 3] },
    { name: 'of 130 rows', a: [130, 33], b: [130, 70] },
    { name: 'of one row', a: [1, 5], b: [1, 5] },
  ].map(({ name, a, b }) =>
    trainingCase({
      name: `transposedMatmul: ${name}`,
      inputs: { a, b },
      outputs: { y: [-1, ...a.slice(0, -2), a.at(-1)!, b.at(-1)!] },
      build: (ops, { a, b }) => ({ y: ops.transposedMatmul(a, b) }),
    }),
  ),
  trainingCase({
    name: 'transposedMatmul: rows are the batch',
    inputs: { a: [6], b: [3] },
    outputs: { y: [6, 3] },
    build: (ops, { a, b }) => ({ y: ops.transposedMatmul(a, b) }),
  }),
  trainingCase({
    name: 'transposedMatmul: rows are those of all clips',
    inputs: { a: [7, 6], b: [7, 3] },
    outputs: { y: [6, 3] },
    build: (ops, { a, b }) => ({
      y: ops.transposedMatmul(ops.reshape(a, [-1, 6]), ops.reshape(b, [-1, 3])),
    }),
  }),
];

const softmax = [
  { name: 'around 0', factor: 1 },
  { name: 'powers that overflow', factor: 300 },
].map(({ name, factor }) =>
  trainingCase({
    name: `softmax: ${name}`,
    inputs: { x: { shape: [3, 7], value: (normal) => factor * normal } },
    outputs: { y: [-1, 3, 7] },
    build: (ops, { x }) => ({ y: ops.softmax(x) }),
  }),
);

const activations = [
  trainingCase({
    name: 'geluGradient: −10 to 10',
    inputs: { x: { shape: [2001], value: (_, index) => ((index % 2001) - 1000) / 100 }, dy: [2001] },
    outputs: { y: [-1, 2001] },
    build: (ops, { x, dy }) => ({ y: ops.geluGradient(x, dy) }),
  }),
  ...(['reluGradient', 'hardswishGradient'] as const).map((gradient) =>
    trainingCase({
      // Every sixth is one of −5, −4, …, where slopes change.
      name: `${gradient}: at the corners, and between`,
      inputs: {
        x: { shape: [66], value: (normal, index) => (index % 6 === 0 ? ((index / 6) % 11) - 5 : 3 * normal) },
        dy: [66],
      },
      outputs: { y: [-1, 66] },
      build: (ops, { x, dy }) => ({ y: ops[gradient](x, dy) }),
    }),
  ),
];

const layerNorm = [
  { name: 'a spread of 1', epsilon: 1e-12, value: (normal: number) => normal },
  { name: 'a mean far from 0', epsilon: 1e-5, value: (normal: number) => normal + 5 },
  { name: 'a variance near epsilon', epsilon: 1e-2, value: (normal: number) => normal / 10 },
].flatMap(({ name, epsilon, value }) =>
  [[33], [5, 8]].map((shape) =>
    trainingCase({
      name: `layerNormGradient: ${name}, rank ${shape.length + 1}`,
      inputs: { x: { shape, value }, dy: shape },
      weights: { scale: [shape.at(-1)!] },
      outputs: { ofX: [-1, ...shape], ofScale: [shape.at(-1)!], ofShift: [shape.at(-1)!] },
      build: (ops, { x, dy }, { scale }) => {
        const gradient = ops.layerNormGradient(x, scale, dy, { epsilon });
        return { ofX: gradient.x, ofScale: gradient.scale, ofShift: gradient.shift };
      },
    }),
  ),
);

const batchNorm = [
  { name: 'an image', sizes: [6, 5], epsilon: 1e-5, value: (normal: number) => normal },
  { name: 'a row', sizes: [9], epsilon: 1e-3, value: (normal: number) => normal },
  { name: 'vectors', sizes: [], epsilon: 1e-5, value: (normal: number) => normal },
  { name: 'a mean far from 0', sizes: [8, 8], epsilon: 1e-5, value: (normal: number) => normal + 30 },
  { name: 'a variance near epsilon', sizes: [4, 7], epsilon: 1e-2, value: (normal: number) => normal / 10 },
].map(({ name, sizes, epsilon, value }) =>
  trainingCase({
    name: `batchNorm and its gradient: ${name}`,
    // Two for each clip of a batch: a channel of one element alone would have no variance.
    inputs: { x: { shape: [2, 3, ...sizes], value }, dy: [2, 3, ...sizes] },
    weights: { scale: [3], shift: [3] },
    outputs: {
      ...{ y: [-1, 2, 3, ...sizes], mean: [3], variance: [3], sampleVariance: [3] },
      ...{ ofX: [-1, 2, 3, ...sizes], ofScale: [3], ofShift: [3] },
    },
    build: (ops, { x, dy }, { scale, shift }) => {
      const pairs = (each: typeof x) => ops.reshape(each, [-1, 3, ...sizes]);
      const apart = (each: typeof x) => ops.reshape(each, [-1, 2, 3, ...sizes]);
      const { y, ...taken } = ops.batchNorm(pairs(x), scale, shift, { epsilon });
      const gradient = ops.batchNormGradient(pairs(x), taken, scale, pairs(dy), { epsilon });
      const { x: ofX, scale: ofScale, shift: ofShift } = gradient;
      return { ...taken, y: apart(y), ofX: apart(ofX), ofScale, ofShift };
    },
  }),
);

/** No output has the name of an input. */
function named<T>({ query, key, value, scores }: AttentionGradient<T>) {
  return { ofQuery: query, ofKey: key, ofValue: value, ofScores: scores };
}

const attention = [
  { queries: 1, keys: 1, width: 4, heads: 1 },
  { queries: 7, keys: 7, width: 6, heads: 3 },
  { queries: 33, keys: 33, width: 24, heads: 3 },
  { queries: 2, keys: 130, width: 8, heads: 2 },
  { queries: 9, keys: 3, width: 8, heads: 4 },
].map(({ queries, keys, width, heads }) =>
  trainingCase({
    name: `attentionGradient: ${queries} queries, ${keys} keys of ${width}, heads: ${heads}`,
    inputs: { query: [queries, width], key: [keys, width], value: [keys, width], dy: [queries, width] },
    outputs: {
      ofQuery: [-1, queries, width],
      ofKey: [-1, keys, width],
      ofValue: [-1, keys, width],
      ofScores: [-1, heads, queries, keys],
    },
    build: (ops, { query, key, value, dy }) => {
      const output = ops.attention(query, key, value, { heads });
      return named(ops.attentionGradient(query, key, value, output, dy, { heads }));
    },
  }),
);

const biasedAttention = [
  { leading: [], bias: [4, 9, 11] },
  { leading: [], bias: [1, 11] },
  { leading: [3], bias: [3, 1, 9, 11] },
  { leading: [2, 3], bias: [1, 3, 1, 1, 11] },
].map(({ leading, bias }) =>
  trainingCase({
    name: `attentionGradient: a bias [${bias}], windows [${leading}]`,
    inputs: {
      query: [...leading, 9, 8],
      key: [...leading, 11, 8],
      value: [...leading, 11, 8],
      dy: [...leading, 9, 8],
    },
    weights: { bias: { shape: bias, value: (normal) => 3 * normal } },
    outputs: {
      ofQuery: [-1, ...leading, 9, 8],
      ofKey: [-1, ...leading, 11, 8],
      ofValue: [-1, ...leading, 11, 8],
      ofScores: [-1, ...leading, 4, 9, 11],
    },
    build: (ops, { query, key, value, dy }, { bias }) => {
      const output = ops.attention(query, key, value, { heads: 4, bias });
      return named(ops.attentionGradient(query, key, value, output, dy, { heads: 4, bias }));
    },
  }),
);

/** Weights that change from run to run, in each operation that takes some. */
const trained = [
  trainingCase({
    name: 'trained weights: linear, its weight reshaped, then normalized',
    inputs: { x: [5, 6] },
    weights: { weight: [4, 1, 2, 3], bias: [4], scale: [4], shift: [4] },
    outputs: { y: [-1, 5, 4] },
    build: (ops, { x }, { weight, bias, scale, shift }) => ({
      y: ops.layerNorm(ops.linear(x, ops.reshape(weight, [4, 6]), bias), scale, shift, { epsilon: 1e-5 }),
    }),
  }),
  ...[
    { name: 'plain', x: [3, 7, 6], weight: [4, 3, 3, 3], groups: 1 },
    { name: 'depthwise', x: [4, 7, 6], weight: [4, 1, 3, 3], groups: 4 },
    { name: 'single pixels', x: [3, 7, 6], weight: [4, 3, 1, 1], groups: 1 },
  ].map(({ name, x, weight, groups }) => {
    const [out, , kernel] = weight as [number, number, number];
    const padding = (kernel - 1) / 2;
    return trainingCase({
      name: `trained weights: conv2d, ${name}`,
      inputs: { x },
      weights: { weight, bias: [out] },
      outputs: { y: [-1, out, 4, 6] },
      build: (ops, { x }, { weight, bias }) => ({
        y: ops.conv2d(x, weight, bias, { stride: [2, 1], padding: [padding, padding], groups }),
      }),
    });
  }),
  trainingCase({
    name: 'trained weights: tokens in front, positions, and a matrix turned',
    inputs: { x: [3, 5] },
    weights: { token: [1, 1, 5], positions: [1, 4, 5], mix: [6, 5] },
    outputs: { y: [-1, 4, 6], gradient: [5, 6] },
    build: (ops, { x }, { token, positions, mix }) => {
      const tokens = ops.add(ops.concat([ops.expandBatch(token, x), x], 1), positions); // [B, 4, 5]
      const y = ops.linear(tokens, mix); // [B, 4, 6]
      const rows = (each: typeof y, width: number) => ops.reshape(each, [-1, width]);
      const flat: Shape = [5, 6];
      return { y, gradient: ops.reshape(ops.transposedMatmul(rows(tokens, 5), rows(y, 6)), flat) };
    },
  }),
];

export const trainingCases: readonly TrainingCase[] = [
  ...sum,
  ...pad,
  ...repeat,
  ...transposedMatmul,
  ...softmax,
  ...activations,
  ...layerNorm,
  ...batchNorm,
  ...attention,
  ...biasedAttention,
  ...trained,
];
