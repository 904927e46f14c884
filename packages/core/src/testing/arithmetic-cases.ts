// Every operation at its edges. Inputs are activations, with the batch in front; where a whole tensor is
// known ahead (axis 0, all permutations), it is a weight that joins the activations with `add`.

import { type ConformanceCase, conformanceCase } from './conformance-case.js';

const linear = [
  conformanceCase({
    name: 'linear: rank 2, with a bias',
    inputs: { x: [7] },
    weights: { weight: [3, 7], bias: [3] },
    outputs: { y: [3] },
    build: (ops, { x }, { weight, bias }) => ({ y: ops.linear(x, weight, bias) }),
  }),
  conformanceCase({
    name: 'linear: rank 2, no bias',
    inputs: { x: [7] },
    weights: { weight: [3, 7] },
    outputs: { y: [3] },
    build: (ops, { x }, { weight }) => ({ y: ops.linear(x, weight) }),
  }),
  conformanceCase({
    name: 'linear: rank 3, with a bias',
    inputs: { x: [5, 7] },
    weights: { weight: [3, 7], bias: [3] },
    outputs: { y: [5, 3] },
    build: (ops, { x }, { weight, bias }) => ({ y: ops.linear(x, weight, bias) }),
  }),
  conformanceCase({
    name: 'linear: rank 3, no bias',
    inputs: { x: [5, 7] },
    weights: { weight: [3, 7] },
    outputs: { y: [5, 3] },
    build: (ops, { x }, { weight }) => ({ y: ops.linear(x, weight) }),
  }),
  conformanceCase({
    name: 'linear: rank 4, with a bias',
    inputs: { x: [2, 5, 7] },
    weights: { weight: [3, 7], bias: [3] },
    outputs: { y: [2, 5, 3] },
    build: (ops, { x }, { weight, bias }) => ({ y: ops.linear(x, weight, bias) }),
  }),
  conformanceCase({
    name: 'linear: one column in, one out',
    inputs: { x: [5, 1] },
    weights: { weight: [1, 1], bias: [1] },
    outputs: { y: [5, 1] },
    build: (ops, { x }, { weight, bias }) => ({ y: ops.linear(x, weight, bias) }),
  }),
  conformanceCase({
    name: 'linear: a square weight is not taken the wrong way round',
    inputs: { x: [5, 4] },
    weights: { weight: [4, 4] },
    outputs: { y: [5, 4] },
    build: (ops, { x }, { weight }) => ({ y: ops.linear(x, weight) }),
  }),
  conformanceCase({
    name: 'linear: 130 rows of 257 columns',
    inputs: { x: [130, 257] },
    weights: { weight: [33, 257], bias: [33] },
    outputs: { y: [130, 33] },
    build: (ops, { x }, { weight, bias }) => ({ y: ops.linear(x, weight, bias) }),
  }),
  conformanceCase({
    name: 'linear: one weight used twice',
    inputs: { x: [5, 4] },
    weights: { weight: [4, 4], bias: [4] },
    outputs: { y: [5, 4] },
    build: (ops, { x }, { weight, bias }) => ({
      y: ops.linear(ops.linear(x, weight, bias), weight, bias),
    }),
  }),
];

const attention = [
  ...[
    { tokens: 1, width: 4, heads: 1 },
    { tokens: 7, width: 6, heads: 3 },
    { tokens: 5, width: 4, heads: 4 },
    { tokens: 32, width: 16, heads: 2 },
    { tokens: 33, width: 24, heads: 3 },
    { tokens: 130, width: 64, heads: 1 },
  ].map(({ tokens, width, heads }) =>
    conformanceCase({
      name: `attention: ${tokens} tokens of ${width}, heads: ${heads}`,
      inputs: { query: [tokens, width], key: [tokens, width], value: [tokens, width] },
      outputs: { y: [tokens, width] },
      build: (ops, { query, key, value }) => ({ y: ops.attention(query, key, value, { heads }) }),
    }),
  ),
  ...[
    { queries: 2, keys: 130 },
    { queries: 9, keys: 3 },
    { queries: 5, keys: 1 },
  ].map(({ queries, keys }) =>
    conformanceCase({
      name: `attention: ${queries} queries, ${keys} keys`,
      inputs: { query: [queries, 8], key: [keys, 8], value: [keys, 8] },
      outputs: { y: [queries, 8] },
      build: (ops, { query, key, value }) => ({ y: ops.attention(query, key, value, { heads: 2 }) }),
    }),
  ),
  conformanceCase({
    name: 'attention: one tensor is query, key and value',
    inputs: { x: [9, 8] },
    outputs: { y: [9, 8] },
    build: (ops, { x }) => ({ y: ops.attention(x, x, x, { heads: 2 }) }),
  }),
  conformanceCase({
    // Scores of some hundreds: e^score is beyond float32, so the largest must be taken out first.
    name: 'attention: scores whose powers overflow',
    inputs: {
      query: { shape: [5, 4], value: (normal) => Math.sign(normal) * 80 },
      key: { shape: [6, 4], value: (normal) => Math.sign(normal) * 4 },
      value: [6, 4],
    },
    outputs: { y: [5, 4] },
    build: (ops, { query, key, value }) => ({ y: ops.attention(query, key, value, { heads: 1 }) }),
  }),
  conformanceCase({
    // All scores are −80: without taking the largest out, every power is next to nothing.
    name: 'attention: scores that are all far below zero',
    inputs: {
      query: { shape: [5, 4], value: () => 40 },
      key: { shape: [6, 4], value: () => -1 },
      value: [6, 4],
    },
    outputs: { y: [5, 4] },
    build: (ops, { query, key, value }) => ({ y: ops.attention(query, key, value, { heads: 1 }) }),
  }),
];

/** Leading dimensions behind the batch, and biases that broadcast in one way or another. */
const biasedAttention = [
  ...[
    { leading: [], bias: [4, 9, 11] },
    { leading: [], bias: [1, 9, 11] },
    { leading: [], bias: [9, 11] },
    { leading: [], bias: [1, 11] },
    { leading: [3], bias: [3, 4, 9, 11] },
    { leading: [3], bias: [3, 1, 9, 11] },
    { leading: [3], bias: [1, 4, 9, 1] },
    { leading: [3], bias: [4, 9, 11] },
    { leading: [2, 3], bias: [1, 3, 1, 1, 11] },
  ].map(({ leading, bias }) =>
    conformanceCase({
      name: `attention: a bias [${bias}], windows [${leading}]`,
      inputs: { query: [...leading, 9, 8], key: [...leading, 11, 8], value: [...leading, 11, 8] },
      weights: { bias: { shape: bias, value: (normal) => 3 * normal } },
      outputs: { y: [...leading, 9, 8] },
      build: (ops, { query, key, value }, { bias }) => ({
        y: ops.attention(query, key, value, { heads: 4, bias }),
      }),
    }),
  ),
  conformanceCase({
    name: 'attention: windows without a bias',
    inputs: { x: [3, 2, 9, 8] },
    outputs: { y: [3, 2, 9, 8] },
    build: (ops, { x }) => ({ y: ops.attention(x, x, x, { heads: 2 }) }),
  }),
  conformanceCase({
    name: 'attention: a mask for each clip, of its own keys',
    inputs: { x: [9, 8], mask: { shape: [9], value: (_, index) => (index % 9 < 5 ? 0 : -1e4) } },
    outputs: { y: [9, 8] },
    build: (ops, { x, mask }) => ({
      y: ops.attention(x, x, x, { heads: 2, bias: ops.reshape(mask, [-1, 1, 1, 9]) }),
    }),
  }),
];

const activations = (['relu', 'sigmoid', 'tanh', 'hardswish'] as const).map((activation) =>
  conformanceCase({
    name: `${activation}: small and large, of both signs`,
    inputs: { x: { shape: [5, 7], value: (normal) => 6 * normal } },
    outputs: { y: [5, 7] },
    build: (ops, { x }) => ({ y: ops[activation](x) }),
  }),
);

const attentionProbabilities = [
  { queries: 1, keys: 1, width: 4, heads: 1 },
  { queries: 7, keys: 7, width: 6, heads: 3 },
  { queries: 2, keys: 130, width: 8, heads: 2 },
  { queries: 9, keys: 3, width: 8, heads: 4 },
  { queries: 33, keys: 33, width: 16, heads: 2 },
].map(({ queries, keys, width, heads }) =>
  conformanceCase({
    name: `attentionProbabilities: ${queries} queries, ${keys} keys of ${width}, heads: ${heads}`,
    inputs: { query: [queries, width], key: [keys, width] },
    outputs: { y: [heads, queries, keys] },
    build: (ops, { query, key }) => ({ y: ops.attentionProbabilities(query, key, { heads }) }),
  }),
);

const matmul = [
  ...[
    { name: 'one matrix each', a: [4, 6], b: [6, 3] },
    { name: 'a single row', a: [1, 65], b: [65, 65] },
    { name: 'a square is not taken the wrong way round', a: [5, 5], b: [5, 5] },
    { name: 'a matrix for each head', a: [2, 4, 6], b: [2, 6, 3] },
    { name: '130 rows of 33', a: [130, 33], b: [33, 70] },
  ].map(({ name, a, b }) =>
    conformanceCase({
      name: `matmul: ${name}`,
      inputs: { a, b },
      outputs: { y: a.with(-1, b.at(-1)!) },
      build: (ops, { a, b }) => ({ y: ops.matmul(a, b) }),
    }),
  ),
  conformanceCase({
    name: 'matmul: a matrix with itself',
    inputs: { x: [5, 5] },
    outputs: { y: [5, 5] },
    build: (ops, { x }) => ({ y: ops.matmul(x, x) }),
  }),
];

const scale = [0.25, -3, 1, 0].map((factor) =>
  conformanceCase({
    name: `scale: by ${factor}`,
    inputs: { x: [3, 5] },
    outputs: { y: [3, 5] },
    build: (ops, { x }) => ({ y: ops.scale(x, factor) }),
  }),
);

const layerNorm = [
  { name: 'a spread of 1', epsilon: 1e-12, value: (normal: number) => normal },
  { name: 'a mean far from 0', epsilon: 1e-5, value: (normal: number) => normal + 5 },
  // Variances near epsilon, so that leaving it out or taking another shows (and that float16 still holds).
  { name: 'a variance of 1e-6, epsilon 1e-6', epsilon: 1e-6, value: (normal: number) => normal * 1e-3 },
  { name: 'a variance of 1e-10, epsilon 1e-12', epsilon: 1e-12, value: (normal: number) => normal * 1e-5 },
  { name: 'rows without any spread', epsilon: 1e-6, value: () => 0.5 },
].flatMap(({ name, epsilon, value }) =>
  [
    { rank: 2, shape: [33] },
    { rank: 3, shape: [5, 8] },
  ].map(({ rank, shape }) =>
    conformanceCase({
      name: `layerNorm: ${name}, rank ${rank}`,
      inputs: { x: { shape, value } },
      weights: { scale: [shape.at(-1)!], shift: [shape.at(-1)!] },
      outputs: { y: shape },
      build: (ops, { x }, { scale, shift }) => ({ y: ops.layerNorm(x, scale, shift, { epsilon }) }),
    }),
  ),
);

const gelu = [
  conformanceCase({
    // The tanh approximation is off by 5e-4 here.
    name: 'gelu: −10 to 10',
    inputs: { x: { shape: [2001], value: (_, index) => ((index % 2001) - 1000) / 100 } },
    outputs: { y: [2001] },
    build: (ops, { x }) => ({ y: ops.gelu(x) }),
  }),
  conformanceCase({
    name: 'gelu: far from zero, rank 3',
    inputs: { x: { shape: [3, 5], value: (normal) => normal * 200 } },
    outputs: { y: [3, 5] },
    build: (ops, { x }) => ({ y: ops.gelu(x) }),
  }),
];

const broadcast = (['add', 'multiply'] as const).flatMap((operation) => [
  conformanceCase({
    name: `${operation}: two inputs of one shape`,
    inputs: { a: [3, 5], b: [3, 5] },
    outputs: { y: [3, 5] },
    build: (ops, { a, b }) => ({ y: ops[operation](a, b) }),
  }),
  conformanceCase({
    name: `${operation}: an input and itself`,
    inputs: { x: [3, 5] },
    outputs: { y: [3, 5] },
    build: (ops, { x }) => ({ y: ops[operation](x, x) }),
  }),
  conformanceCase({
    name: `${operation}: inputs that both broadcast`,
    inputs: { a: [3, 1], b: [1, 5] },
    outputs: { y: [3, 5] },
    build: (ops, { a, b }) => ({ y: ops[operation](a, b) }),
  }),
  ...[[5], [1], [3, 5], [3, 1], [1, 3, 5], [1, 1, 1]].flatMap((shape) => [
    conformanceCase({
      name: `${operation}: a weight [${shape.join(', ')}] on the right`,
      inputs: { x: [3, 5] },
      weights: { weight: shape },
      outputs: { y: [3, 5] },
      build: (ops, { x }, { weight }) => ({ y: ops[operation](x, weight) }),
    }),
    conformanceCase({
      name: `${operation}: a weight [${shape.join(', ')}] on the left`,
      inputs: { x: [3, 5] },
      weights: { weight: shape },
      outputs: { y: [3, 5] },
      build: (ops, { x }, { weight }) => ({ y: ops[operation](weight, x) }),
    }),
  ]),
]);

const log = [
  { name: 'around 1, where it is 0', value: (normal: number) => 1 + Math.tanh(normal) / 1000 },
  { name: 'from 2⁻¹³ to 2¹³', value: (_: number, index: number) => 2 ** ((index % 27) - 13) },
].map(({ name, value }) =>
  conformanceCase({
    name: `log: ${name}`,
    inputs: { x: { shape: [3, 27], value } },
    outputs: { y: [3, 27] },
    build: (ops, { x }) => ({ y: ops.log(x) }),
  }),
);

const clamp = [{ least: 0.25 }, { most: -0.25 }, { least: 0, most: 1 }, { least: -0.5, most: -0.5 }].map(
  (bounds) =>
    conformanceCase({
      name: `clamp: ${JSON.stringify(bounds)}`,
      inputs: { x: [3, 5] },
      outputs: { y: [3, 5] },
      build: (ops, { x }) => ({ y: ops.clamp(x, bounds) }),
    }),
);

const mean = [
  ...[1, 2, 3].map((axis) =>
    conformanceCase({
      name: `mean: axis ${axis} of rank 4`,
      inputs: { x: [3, 5, 4] },
      outputs: { y: [3, 5, 4].toSpliced(axis - 1, 1) },
      build: (ops, { x }) => ({ y: ops.mean(x, axis) }),
    }),
  ),
  conformanceCase({
    name: 'mean: down to the batch alone',
    inputs: { x: [7] },
    outputs: { y: [] },
    build: (ops, { x }) => ({ y: ops.mean(x, 1) }),
  }),
  conformanceCase({
    name: 'mean: an axis of one',
    inputs: { x: [1, 5] },
    outputs: { y: [5] },
    build: (ops, { x }) => ({ y: ops.mean(x, 1) }),
  }),
  conformanceCase({
    name: 'mean: axis 0 of a weight',
    inputs: { x: [5] },
    weights: { weight: [3, 5] },
    outputs: { y: [5] },
    build: (ops, { x }, { weight }) => ({ y: ops.add(x, ops.mean(weight, 0)) }),
  }),
];

const remainder = [
  { name: 'of one for all', a: [3, 50], b: [1, 1] },
  { name: 'of one for each', a: [3, 50], b: [3, 50] },
  { name: 'of rows by columns', a: [1, 50], b: [3, 1] },
].map(({ name, a, b }) =>
  conformanceCase({
    // Multiples of b are among them, which a division that rounds down would take for less.
    name: `remainder: ${name}`,
    inputs: {
      a: { shape: a, value: (_, index) => index % 301 },
      b: { shape: b, value: (_, index) => 1 + ((3 * index) % 41) },
    },
    outputs: { y: [3, 50] },
    build: (ops, { a, b }) => ({ y: ops.remainder(a, b) }),
  }),
);

const max = [
  ...[1, 2, 3].map((axis) =>
    conformanceCase({
      name: `max: axis ${axis} of rank 4`,
      inputs: { x: [3, 5, 4] },
      outputs: { y: [3, 5, 4].toSpliced(axis - 1, 1) },
      build: (ops, { x }) => ({ y: ops.max(x, axis) }),
    }),
  ),
  conformanceCase({
    name: 'max: all far below zero, and many',
    inputs: { x: { shape: [2003], value: (normal) => normal - 500 } },
    outputs: { y: [] },
    build: (ops, { x }) => ({ y: ops.max(x, 1) }),
  }),
  conformanceCase({
    name: 'max: axis 0 of a weight',
    inputs: { x: [5] },
    weights: { weight: [3, 5] },
    outputs: { y: [5] },
    build: (ops, { x }, { weight }) => ({ y: ops.add(x, ops.max(weight, 0)) }),
  }),
];

export const arithmeticCases: readonly ConformanceCase[] = [
  ...linear,
  ...attention,
  ...biasedAttention,
  ...activations,
  ...attentionProbabilities,
  ...matmul,
  ...layerNorm,
  ...gelu,
  ...broadcast,
  ...scale,
  ...log,
  ...clamp,
  ...mean,
  ...max,
  ...remainder,
];
