// Operations that move elements without changing them.

import { type ConformanceCase, conformanceCase } from './conformance-case.js';

const reshape = [
  ...[
    { name: 'merges axes', from: [3, 5, 2], to: [15, 2] },
    { name: 'splits an axis', from: [6, 4], to: [2, 3, 4] },
    { name: 'adds axes of one', from: [6], to: [1, 6, 1] },
    { name: 'flattens to rank 2', from: [3, 5, 2], to: [30] },
    { name: 'cuts across axes', from: [4, 6], to: [3, 8] },
  ].map(({ name, from, to }) =>
    conformanceCase({
      name: `reshape: ${name}`,
      inputs: { x: from },
      outputs: { y: to },
      build: (ops, { x }) => ({ y: ops.reshape(x, [-1, ...to]) }),
    }),
  ),
  conformanceCase({
    name: 'reshape: a weight',
    inputs: { x: [3, 4] },
    weights: { weight: [12] },
    outputs: { y: [3, 4] },
    build: (ops, { x }, { weight }) => ({ y: ops.add(x, ops.reshape(weight, [1, 3, 4])) }),
  }),
  conformanceCase({
    name: 'reshape: a weight of rank 4 into one for linear',
    inputs: { x: [5, 6] },
    weights: { weight: [3, 1, 2, 3] },
    outputs: { y: [5, 3] },
    build: (ops, { x }, { weight }) => ({ y: ops.linear(x, ops.reshape(weight, [3, 6])) }),
  }),
];

const transpose = [
  ...[
    [0, 2, 1],
    [0, 2, 1, 3],
    [0, 3, 1, 2],
    [0, 2, 3, 1],
    [0, 3, 2, 1, 4],
    [0, 4, 1, 3, 2],
    [0, 1, 2],
  ].map((permutation) => {
    const sizes = [2, 3, 4, 5].slice(0, permutation.length - 1);
    return conformanceCase({
      name: `transpose: [${permutation.join(', ')}]`,
      inputs: { x: sizes },
      outputs: { y: permutation.slice(1).map((axis) => sizes[axis - 1]!) },
      build: (ops, { x }) => ({ y: ops.transpose(x, permutation) }),
    });
  }),
  ...[
    [1, 0],
    [2, 0, 1],
    [1, 2, 0],
    [3, 1, 0, 2],
    [4, 2, 0, 1, 3],
  ].map((permutation) => {
    const sizes = [2, 3, 4, 5, 6].slice(0, permutation.length);
    const permuted = permutation.map((axis) => sizes[axis]!);
    return conformanceCase({
      name: `transpose: [${permutation.join(', ')}] of a weight`,
      inputs: { x: permuted },
      weights: { weight: sizes },
      outputs: { y: permuted },
      build: (ops, { x }, { weight }) => ({ y: ops.add(x, ops.transpose(weight, permutation)) }),
    });
  }),
  conformanceCase({
    name: 'transpose: to heads and back',
    inputs: { x: [5, 6] },
    outputs: { y: [5, 6] },
    build: (ops, { x }) => {
      const heads = ops.transpose(ops.reshape(x, [-1, 5, 2, 3]), [0, 2, 1, 3]); // [B, 2, 5, 3]
      return { y: ops.reshape(ops.transpose(heads, [0, 2, 1, 3]), [-1, 5, 6]) };
    },
  }),
  conformanceCase({
    // A backend that transposes by strides alone must not take the old order for the new.
    name: 'transpose: then reshape',
    inputs: { x: [4, 6] },
    outputs: { y: [24] },
    build: (ops, { x }) => ({ y: ops.reshape(ops.transpose(x, [0, 2, 1]), [-1, 24]) }),
  }),
];

const concat = [
  ...[1, 2, 3].map((axis) =>
    conformanceCase({
      name: `concat: axis ${axis}`,
      inputs: {
        a: [2, 3, 4].with(axis - 1, 1),
        b: [2, 3, 4],
        c: [2, 3, 4].with(axis - 1, 7),
      },
      outputs: { y: [2, 3, 4].with(axis - 1, 1 + [2, 3, 4][axis - 1]! + 7) },
      build: (ops, { a, b, c }) => ({ y: ops.concat([a, b, c], axis) }),
    }),
  ),
  conformanceCase({
    name: 'concat: axis 0 of weights',
    inputs: { x: [3, 5] },
    weights: { a: [1, 5], b: [2, 5] },
    outputs: { y: [3, 5] },
    build: (ops, { x }, { a, b }) => ({ y: ops.add(x, ops.concat([a, b], 0)) }),
  }),
  conformanceCase({
    name: 'concat: one tensor alone',
    inputs: { x: [3, 5] },
    outputs: { y: [3, 5] },
    build: (ops, { x }) => ({ y: ops.concat([x], 1) }),
  }),
  conformanceCase({
    name: 'concat: one tensor twice',
    inputs: { x: [3, 5] },
    outputs: { y: [6, 5] },
    build: (ops, { x }) => ({ y: ops.concat([x, x], 1) }),
  }),
];

const slice = [
  ...[
    { axis: 1, start: 0, end: 1 },
    { axis: 1, start: 4, end: 5 },
    { axis: 1, start: 1, end: 4 },
    { axis: 1, start: 0, end: 5 },
    { axis: 2, start: 0, end: 2 },
    { axis: 2, start: 5, end: 6 },
    { axis: 3, start: 1, end: 3 },
  ].map(({ axis, start, end }) =>
    conformanceCase({
      name: `slice: ${start} to ${end} of axis ${axis}`,
      inputs: { x: [5, 6, 3] },
      outputs: { y: [5, 6, 3].with(axis - 1, end - start) },
      build: (ops, { x }) => ({ y: ops.slice(x, axis, start, end) }),
    }),
  ),
  conformanceCase({
    name: 'slice: axis 0 of a weight',
    inputs: { x: [5] },
    weights: { weight: [4, 5] },
    outputs: { y: [5] },
    build: (ops, { x }, { weight }) => ({ y: ops.add(x, ops.slice(weight, 0, 2, 3)) }),
  }),
];

const gather = [
  conformanceCase({
    name: 'gather: rows of tokens',
    inputs: { ids: { shape: [7], below: 5 } },
    weights: { table: [5, 3] },
    outputs: { y: [7, 3] },
    build: (ops, { ids }, { table }) => ({ y: ops.gather(table, ids) }),
  }),
  conformanceCase({
    name: 'gather: one row each, of a wide table',
    inputs: { ids: { shape: [], below: 300 } },
    weights: { table: [300, 130] },
    outputs: { y: [130] },
    build: (ops, { ids }, { table }) => ({ y: ops.gather(table, ids) }),
  }),
  conformanceCase({
    name: 'gather: ids of two axes, a table of one row beside them',
    inputs: { ids: { shape: [4, 3], below: 9 }, kind: { shape: [4, 3], below: 1 } },
    weights: { table: [9, 8], kinds: [1, 8] },
    outputs: { y: [4, 3, 8] },
    build: (ops, { ids, kind }, { table, kinds }) => ({
      y: ops.add(ops.gather(table, ids), ops.gather(kinds, kind)),
    }),
  }),
  conformanceCase({
    name: 'gather: into a linear, beside floats',
    inputs: { ids: { shape: [6], below: 11 }, x: [6, 4] },
    weights: { table: [11, 4], weight: [3, 4] },
    outputs: { y: [6, 3] },
    build: (ops, { ids, x }, { table, weight }) => ({
      y: ops.linear(ops.add(ops.gather(table, ids), x), weight),
    }),
  }),
];

const take = [
  { name: 'some of each row, in any order', from: 7, count: 5, place: (index: number) => (3 * index) % 7 },
  { name: 'more than there are', from: 5, count: 130, place: (index: number) => (index * index) % 5 },
  { name: 'of many', from: 2000, count: 33, place: (index: number) => (61 * index) % 2000 },
  { name: 'the only one', from: 1, count: 3, place: () => 0 },
].map(({ name, from, count, place }) =>
  conformanceCase({
    name: `take: ${name}`,
    inputs: { x: [from], positions: { shape: [count], value: (_, index) => place(index) } },
    outputs: { y: [count] },
    build: (ops, { x, positions }) => ({ y: ops.take(x, positions) }),
  }),
);

const expandBatch = [
  conformanceCase({
    name: 'expandBatch: a weight to the batch of an input of another rank',
    inputs: { like: [4] },
    weights: { weight: [1, 3, 5] },
    outputs: { y: [3, 5] },
    build: (ops, { like }, { weight }) => ({ y: ops.expandBatch(weight, like) }),
  }),
  conformanceCase({
    name: 'expandBatch: a weight in front of tokens',
    inputs: { x: [4, 5] },
    weights: { weight: [1, 1, 5] },
    outputs: { y: [5, 5] },
    build: (ops, { x }, { weight }) => ({ y: ops.concat([ops.expandBatch(weight, x), x], 1) }),
  }),
];

const patches = [
  { name: 'side by side', height: 6, width: 8, size: [3, 2], stride: [3, 2] },
  { name: 'overlapping', height: 7, width: 9, size: [3, 4], stride: [1, 2] },
  { name: 'apart, with gaps', height: 9, width: 8, size: [2, 2], stride: [4, 3] },
  { name: 'rests at both far edges', height: 8, width: 11, size: [3, 4], stride: [2, 3] },
  { name: 'one patch as large as the input', height: 4, width: 5, size: [4, 5], stride: [1, 1] },
  { name: 'single elements', height: 3, width: 4, size: [1, 1], stride: [1, 1] },
  { name: 'of 16 × 16 every 10, as AST has them', height: 64, width: 48, size: [16, 16], stride: [10, 10] },
].map(({ name, height, width, size, stride }) => {
  const [sizeY, sizeX, strideY, strideX] = [...size, ...stride] as [number, number, number, number];
  const rows = Math.floor((height - sizeY) / strideY) + 1;
  const columns = Math.floor((width - sizeX) / strideX) + 1;
  return conformanceCase({
    name: `patches: ${name}`,
    inputs: { x: [height, width] },
    outputs: { y: [rows * columns, sizeY * sizeX] },
    build: (ops, { x }) => ({
      y: ops.patches(x, { size: [sizeY, sizeX], stride: [strideY, strideX] }),
    }),
  });
});

export const layoutCases: readonly ConformanceCase[] = [
  ...reshape,
  ...transpose,
  ...concat,
  ...slice,
  ...gather,
  ...take,
  ...expandBatch,
  ...patches,
];
