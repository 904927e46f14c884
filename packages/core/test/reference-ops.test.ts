// The oracle against numbers from elsewhere. Those with many digits are PyTorch 2's in float64
// (torch.nn.functional's linear, scaled_dot_product_attention, layer_norm, gelu, unfold) on the inputs that
// stand here; the rest can be seen by eye.

import type { ConvolutionOptions } from '@audiozoo/core';
import { AudiozooError, type Shape } from '@audiozoo/core';
import { elementCount } from '@audiozoo/core/plugin';
import { referenceOps as ops, type ReferenceTensor } from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';

const digits = 11; // decimal places that the numbers below were written with

const of = (shape: Shape, data: readonly number[]): ReferenceTensor => ({
  shape,
  data: Float64Array.from(data),
});
const range = (shape: Shape, at: (index: number) => number = (index) => index) =>
  of(
    shape,
    Array.from({ length: elementCount(shape) }, (_, index) => at(index)),
  );

function expectTensor(got: ReferenceTensor, shape: Shape, data: readonly number[]): void {
  expect(got.shape).toEqual(shape);
  expect(got.data.length).toBe(data.length);
  for (const [index, value] of data.entries()) expect(got.data[index]).toBeCloseTo(value, digits);
}

describe('linear', () => {
  const x = range([2, 2, 3], (index) => index / 4 - 1);
  const weight = range([2, 3], (index) => index / 2 - 1);

  test('matches PyTorch, with a bias and without', () => {
    const withBias = ops.linear(x, weight, of([2], [0.5, -0.25]));
    expectTensor(withBias, [2, 2, 2], [1.875, -2.25, 0.75, 0, -0.375, 2.25, -1.5, 4.5]);
    const without = ops.linear(x, weight);
    expectTensor(without, [2, 2, 2], [1.375, -2, 0.25, 0.25, -0.875, 2.5, -2, 4.75]);
  });
});

describe('attention', () => {
  const query = range([1, 3, 4], Math.sin);
  const key = range([1, 2, 4], Math.cos);
  const value = range([1, 2, 4]);

  test.each([
    {
      heads: 1,
      expected: [
        2.619748346936, 3.619748346936, 4.619748346936, 5.619748346936, 3.022887217579, 4.022887217579,
        5.022887217579, 6.022887217579, 0.429738335259, 1.429738335259, 2.429738335259, 3.429738335259,
      ],
    },
    {
      heads: 2,
      expected: [
        1.847592645157, 2.847592645157, 4.969958598493, 5.969958598493, 2.969958598493, 3.969958598493,
        4.525588462107, 5.525588462107, 0.9035730702, 1.9035730702, 2.585884632607, 3.585884632607,
      ],
    },
  ])('matches PyTorch, heads: $heads', ({ heads, expected }) => {
    expectTensor(ops.attention(query, key, value, { heads }), [1, 3, 4], expected);
  });

  test('with one key is its value, however large the score', () => {
    const huge = of([1, 1, 2], [1e6, 1e6]);
    expectTensor(ops.attention(huge, huge, of([1, 1, 2], [3, 4]), { heads: 1 }), [1, 1, 2], [3, 4]);
  });

  test('keeps the batch apart', () => {
    const twice = (x: ReferenceTensor) => ops.concat([x, ops.gelu(x)], 0);
    const both = ops.attention(twice(query), twice(key), twice(value), { heads: 2 });
    const second = ops.attention(ops.gelu(query), ops.gelu(key), ops.gelu(value), { heads: 2 });
    expectTensor(ops.slice(both, 0, 1, 2), [1, 3, 4], [...second.data]);
  });
});

describe('attentionProbabilities', () => {
  const query = range([1, 3, 4], Math.sin);
  const key = range([1, 2, 4], Math.cos);

  test.each([
    {
      heads: 1,
      expected: [
        0.345062913266, 0.654937086734, 0.244278195605, 0.755721804395, 0.892565416185, 0.107434583815,
      ],
    },
    {
      heads: 2,
      expected: [
        0.538101838711, 0.461898161289, 0.257510350377, 0.742489649623, 0.77410673245, 0.22589326755,
        0.257510350377, 0.742489649623, 0.368602884473, 0.631397115527, 0.853528841848, 0.146471158152,
      ],
    },
  ])('match PyTorch, heads: $heads', ({ heads, expected }) => {
    expectTensor(ops.attentionProbabilities(query, key, { heads }), [1, heads, 3, 2], expected);
  });
});

describe('matmul', () => {
  test('multiplies matrices', () => {
    expectTensor(ops.matmul(range([2, 3]), range([3, 2])), [2, 2], [10, 13, 28, 40]);
  });

  test('multiplies each matrix with its own partner', () => {
    const identities = of([2, 2, 2], [1, 0, 0, 1, 2, 0, 0, 2]);
    expectTensor(
      ops.matmul(range([2, 3, 2]), identities),
      [2, 3, 2],
      [0, 1, 2, 3, 4, 5, 12, 14, 16, 18, 20, 22],
    );
  });
});

test('multiply broadcasts as NumPy does', () => {
  expectTensor(ops.multiply(range([2, 3]), of([3], [1, 2, 3])), [2, 3], [0, 2, 6, 3, 8, 15]);
  expectTensor(ops.multiply(of([2, 1], [1, 2]), of([3], [1, 2, 3])), [2, 3], [1, 2, 3, 2, 4, 6]);
});

test('log is the natural logarithm', () => {
  expectTensor(ops.log(of([4], [1, Math.E, 1e-3, 1e6])), [4], [0, 1, -6.907755278982, 13.815510557964]);
});

test('clamp moves what lies outside to the bounds', () => {
  const x = of([4], [-2, -0.5, 0.5, 2]);
  expectTensor(ops.clamp(x, { least: 0, most: 1 }), [4], [0, 0, 0.5, 1]);
  expectTensor(ops.clamp(x, { least: -1 }), [4], [-1, -0.5, 0.5, 2]);
  expectTensor(ops.clamp(x, { most: 0 }), [4], [-2, -0.5, 0, 0]);
});

test('scale multiplies each element', () => {
  expectTensor(ops.scale(range([2, 2]), -0.5), [2, 2], [0, -0.5, -1, -1.5]);
});

describe('layerNorm', () => {
  test('matches PyTorch, row by row', () => {
    const x = of([2, 4], [1, 2, 4, 8, -1, 0, 0, 1e-3]);
    const normal = ops.layerNorm(x, of([4], [1, 2, 3, 4]), of([4], [0.5, 0, 0, -0.5]), { epsilon: 1e-6 });
    expectTensor(
      normal,
      [2, 4],
      [
        -0.525755217707, -1.305506640719, 0.279751423011, 5.841032254919, -1.232045422582, 1.153157865485,
        1.729736798227, 1.81555022839,
      ],
    );
  });

  test('matches PyTorch where the variance is smaller than epsilon', () => {
    const x = of([1, 4], [-1e-6, 0, 0, 1e-9]);
    const normal = ops.layerNorm(x, of([4], [1, 1, 1, 1]), of([4], [0, 0, 0, 0]), { epsilon: 1e-12 });
    expectTensor(normal, [1, 4], [-0.68844033025, 0.22917423856, 0.22917423856, 0.230091853129]);
  });
});

test('gelu matches PyTorch’s exact form', () => {
  expectTensor(
    ops.gelu(of([9], [-10, -3, -1, -0.5, 0, 0.5, 1, 3, 10])),
    [9],
    [
      0, -0.004049694095, -0.158655253931, -0.154268769363, 0, 0.345731230637, 0.841344746069, 2.995950305905,
      10,
    ],
  );
});

describe('add', () => {
  test('broadcasts either side, and both', () => {
    const x = range([2, 3]);
    expectTensor(ops.add(x, of([3], [10, 20, 30])), [2, 3], [10, 21, 32, 13, 24, 35]);
    expectTensor(ops.add(of([2, 1], [10, 20]), x), [2, 3], [10, 11, 12, 23, 24, 25]);
    expectTensor(ops.add(of([2, 1], [10, 20]), of([1, 2], [1, 2])), [2, 2], [11, 12, 21, 22]);
    expectTensor(ops.add(of([], [1]), x), [2, 3], [1, 2, 3, 4, 5, 6]);
  });
});

test('mean takes any one axis away', () => {
  const x = range([2, 2, 3]);
  expectTensor(ops.mean(x, 0), [2, 3], [3, 4, 5, 6, 7, 8]);
  expectTensor(ops.mean(x, 1), [2, 3], [1.5, 2.5, 3.5, 7.5, 8.5, 9.5]);
  expectTensor(ops.mean(x, 2), [2, 2], [1, 4, 7, 10]);
});

test('reshape keeps the elements in their order and finds the size written as −1', () => {
  expectTensor(ops.reshape(range([2, 6]), [-1, 4]), [3, 4], [...range([12]).data]);
  expectTensor(ops.reshape(range([2, 2]), [4]), [4], [0, 1, 2, 3]);
});

test('transpose puts dimension permutation[i] at i', () => {
  expectTensor(ops.transpose(range([2, 3]), [1, 0]), [3, 2], [0, 3, 1, 4, 2, 5]);
  const turned = [0, 3, 1, 4, 2, 5].flatMap((index) => [index * 2, index * 2 + 1]);
  expectTensor(ops.transpose(range([2, 3, 2]), [1, 0, 2]), [3, 2, 2], turned);
  expectTensor(ops.transpose(range([1, 2, 3]), [2, 0, 1]), [3, 1, 2], [0, 3, 1, 4, 2, 5]);
});

test('concat joins along any axis', () => {
  const [a, b] = [range([2, 2]), of([2, 1], [7, 8])];
  expectTensor(ops.concat([a, b], 1), [2, 3], [0, 1, 7, 2, 3, 8]);
  expectTensor(ops.concat([a, of([1, 2], [7, 8])], 0), [3, 2], [0, 1, 2, 3, 7, 8]);
});

test('sliceLike takes as many elements as another tensor has', () => {
  expectTensor(ops.sliceLike(range([2, 4]), 1, range([5, 3])), [2, 3], [0, 1, 2, 4, 5, 6]);
  expectTensor(ops.sliceLike(range([2, 2]), 0, range([2, 9])), [2, 2], [0, 1, 2, 3]);
});

test('slice takes elements from start to before end', () => {
  expectTensor(ops.slice(range([2, 4]), 1, 1, 3), [2, 2], [1, 2, 5, 6]);
  expectTensor(ops.slice(range([3, 2]), 0, 2, 3), [1, 2], [4, 5]);
});

test('max takes any one axis away', () => {
  const x = range([2, 2, 3], (index) => (index % 5) - 9);
  expectTensor(ops.max(x, 0), [2, 3], [-8, -7, -6, -5, -5, -8]);
  expectTensor(ops.max(x, 1), [2, 3], [-6, -5, -7, -5, -7, -6]);
  expectTensor(ops.max(x, 2), [2, 2], [-7, -5, -6, -5]);
});

test('remainder counts from the multiple below', () => {
  expectTensor(ops.remainder(range([2, 4]), of([2, 1], [3, 4])), [2, 4], [0, 1, 2, 0, 0, 1, 2, 3]);
});

test('take picks from each row, and refuses what it has not', () => {
  const x = range([2, 3]);
  expectTensor(ops.take(x, of([2, 2], [2, 0, 1, 1])), [2, 2], [2, 0, 4, 4]);
  expect(() => ops.take(x, of([2, 1], [0, 3]))).toThrow(
    'take: a position does not fit: expected 0 to 2, got 3',
  );
});

test('gather takes rows of a table, and refuses those that it has not', () => {
  const table = range([3, 2]);
  expectTensor(ops.gather(table, of([2, 2], [2, 0, 0, 1])), [2, 2, 2], [4, 5, 0, 1, 0, 1, 2, 3]);
  expect(() => ops.gather(table, of([1], [3]))).toThrow('gather: an id does not fit: expected 0 to 2, got 3');
});

test('conv2d has groups, strides and padding by axis, and a bias', () => {
  const options = { stride: [1, 2], padding: [0, 1], groups: 2 } as const;
  expectTensor(
    ops.conv2d(range([1, 2, 3, 3]), range([2, 1, 2, 2]), of([2], [100, 200]), options),
    [1, 2, 2, 2],
    [109, 125, 121, 143, 329, 471, 365, 537],
  );
});

test.each<[string, number[], number[], number[] | undefined, Partial<ConvolutionOptions>]>([
  ['a bias of another size', [1, 2, 3, 3], [2, 2, 1, 1], [3], {}],
  ['a kernel larger than x', [1, 2, 3, 3], [2, 2, 4, 1], undefined, {}],
  ['x of rank 3', [2, 3, 3], [2, 2, 1, 1], undefined, {}],
  ['groups that do not divide', [1, 2, 3, 3], [3, 1, 1, 1], undefined, { groups: 2 }],
  ['a stride of 0', [1, 2, 3, 3], [2, 2, 1, 1], undefined, { stride: [0, 1] }],
  ['padding below 0', [1, 2, 3, 3], [2, 2, 1, 1], undefined, { padding: [0, -1] }],
  ['no groups', [1, 2, 3, 3], [2, 2, 1, 1], undefined, { groups: 0 }],
])('conv2d refuses %s', (_, x, weight, bias, given) => {
  const options = { stride: [1, 1], padding: [0, 0], ...given } as const;
  expect(() => ops.conv2d(range(x), range(weight), bias && range(bias), options)).toThrow('conv2d got');
});

test('relu, sigmoid, tanh and hardswish of numbers of both signs', () => {
  const x = of([4], [-4, -1, 1, 4]);
  expectTensor(ops.relu(x), [4], [0, 0, 1, 4]);
  expectTensor(ops.hardswish(x), [4], [0, -1 / 3, 2 / 3, 4]);
  expectTensor(ops.sigmoid(of([2], [0, Math.log(3)])), [2], [0.5, 0.75]);
  expectTensor(ops.tanh(of([2], [0, Math.log(3)])), [2], [0, 0.8]);
});

test('attention adds a bias before the softmax', () => {
  const [query, values] = [of([1, 1, 1], [0]), of([1, 2, 1], [3, 6])];
  const bias = of([2], [Math.log(2), 0]);
  expectTensor(ops.attention(query, of([1, 2, 1], [5, 7]), values, { heads: 1, bias }), [1, 1, 1], [4]);
});

test('expandBatch repeats along the batch of another tensor', () => {
  expectTensor(ops.expandBatch(of([1, 2], [1, 2]), range([3, 5])), [3, 2], [1, 2, 1, 2, 1, 2]);
});

test('patches match PyTorch’s unfold, transposed', () => {
  expectTensor(
    ops.patches(range([1, 4, 5]), { size: [2, 3], stride: [2, 1] }),
    [1, 6, 6],
    [
      [0, 1, 2, 5, 6, 7],
      [1, 2, 3, 6, 7, 8],
      [2, 3, 4, 7, 8, 9],
      [10, 11, 12, 15, 16, 17],
      [11, 12, 13, 16, 17, 18],
      [12, 13, 14, 17, 18, 19],
    ].flat(),
  );
});

describe('shapes that do not fit are refused by the operation’s name', () => {
  const x = range([2, 3]);
  const cube = range([2, 3, 4]);
  test.each<[string, string, () => unknown]>([
    ['linear', 'a weight of another width', () => ops.linear(x, range([2, 4]))],
    ['linear', 'a weight of rank 1', () => ops.linear(x, range([3]))],
    ['linear', 'a bias of another size', () => ops.linear(x, range([4, 3]), range([3]))],
    ['attention', 'heads that do not divide', () => ops.attention(cube, cube, cube, { heads: 3 })],
    ['attention', 'no heads', () => ops.attention(cube, cube, cube, { heads: 0 })],
    ['attention', 'a query of rank 2', () => ops.attention(x, cube, cube, { heads: 1 })],
    ['attention', 'a key of another width', () => ops.attention(cube, range([2, 3, 5]), cube, { heads: 1 })],
    ['attention', 'more values than keys', () => ops.attention(cube, cube, range([2, 4, 4]), { heads: 1 })],
    [
      'attentionProbabilities',
      'heads that do not divide',
      () => ops.attentionProbabilities(cube, cube, { heads: 3 }),
    ],
    [
      'attentionProbabilities',
      'a key of another width',
      () => ops.attentionProbabilities(cube, range([2, 3, 5]), { heads: 1 }),
    ],
    ['matmul', 'an inner size that differs', () => ops.matmul(x, x)],
    ['matmul', 'another number of matrices', () => ops.matmul(cube, range([3, 4, 2]))],
    ['matmul', 'matrices of another rank', () => ops.matmul(cube, range([4, 2]))],
    ['matmul', 'a vector', () => ops.matmul(range([3]), range([3]))],
    ['layerNorm', 'a scale of another size', () => ops.layerNorm(x, range([2]), range([3]), { epsilon: 0 })],
    ['layerNorm', 'a shift of another size', () => ops.layerNorm(x, range([3]), range([2]), { epsilon: 0 })],
    ['layerNorm', 'a negative epsilon', () => ops.layerNorm(x, range([3]), range([3]), { epsilon: -1 })],
    ['add', 'sizes that do not broadcast', () => ops.add(x, range([2]))],
    ['multiply', 'sizes that do not broadcast', () => ops.multiply(x, range([2]))],
    ['mean', 'an axis that is not there', () => ops.mean(x, 2)],
    ['mean', 'a negative axis', () => ops.mean(x, -1)],
    ['max', 'an axis that is not there', () => ops.max(x, 2)],
    ['take', 'positions of fewer rows', () => ops.take(x, range([1, 2]))],
    ['reshape', 'another number of elements', () => ops.reshape(x, [4])],
    ['reshape', 'two unknown sizes', () => ops.reshape(x, [-1, -1])],
    ['reshape', 'an unknown size that is not whole', () => ops.reshape(x, [-1, 4])],
    ['transpose', 'an axis twice', () => ops.transpose(x, [0, 0])],
    ['transpose', 'too few axes', () => ops.transpose(x, [0])],
    ['concat', 'no tensors', () => ops.concat([], 0)],
    ['concat', 'other sizes', () => ops.concat([x, range([3, 3])], 1)],
    ['concat', 'another rank', () => ops.concat([x, cube], 0)],
    ['slice', 'an end behind the axis', () => ops.slice(x, 1, 0, 4)],
    ['sliceLike', 'more than there is', () => ops.sliceLike(x, 1, range([1, 4]))],
    ['sliceLike', 'an axis that the other lacks', () => ops.sliceLike(x, 1, range([3]))],
    ['slice', 'nothing at all', () => ops.slice(x, 1, 2, 2)],
    ['slice', 'a negative start', () => ops.slice(x, 1, -1, 2)],
    ['expandBatch', 'a batch that is there already', () => ops.expandBatch(x, x)],
    ['patches', 'a picture smaller than a patch', () => ops.patches(cube, { size: [4, 4], stride: [1, 1] })],
    ['patches', 'no stride', () => ops.patches(cube, { size: [1, 1], stride: [0, 1] })],
    ['patches', 'a picture of rank 2', () => ops.patches(x, { size: [1, 1], stride: [1, 1] })],
  ])('%s: %s', (operation, _, call) => {
    let error: unknown;
    try {
      call();
    } catch (thrown) {
      error = thrown;
    }
    expect(AudiozooError.isInstance(error, 'shape')).toBe(true);
    expect(String(error)).toMatch(
      new RegExp(`^AudiozooError: ${operation}: .* does not fit: expected .*, got `),
    );
  });
});
