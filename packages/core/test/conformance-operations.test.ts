// Whether the suite sees what it is there to see: backends with one wrong operation each.

import type { Ops, Tensor } from '@audiozoo/core';
import { conformanceCases, operationTolerance, runConformanceCase } from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';
import { mapData, withLoaded, withOperation } from './spoiled-backend.js';

const rejects = (running: Promise<unknown>) =>
  running.then(
    () => false,
    () => true,
  );

describe('the suite catches an operation that is wrong', () => {
  const wrong: Record<string, <T>(ops: Ops<T>) => Partial<Ops<T>>> = {
    'linear: no bias is added': (ops) => ({ linear: (x, weight) => ops.linear(x, weight) }),
    'attention: heads are ignored': (ops) => ({
      attention: (query, key, value) => ops.attention(query, key, value, { heads: 1 }),
    }),
    'attention: key and value are swapped': (ops) => ({
      attention: (query, key, value, options) => ops.attention(query, value, key, options),
    }),
    'attentionProbabilities: heads are ignored': (ops) => ({
      attentionProbabilities: (query, key, { heads }) => {
        const shared = ops.attentionProbabilities(query, key, { heads: 1 }); // [B, 1, Nq, Nk]
        return ops.concat(Array(heads).fill(shared), 1);
      },
    }),
    'matmul: the sides are swapped': (ops) => ({ matmul: (a, b) => ops.matmul(b, a) }),
    'scale: does nothing': () => ({ scale: (x) => x }),
    'layerNorm: epsilon is always 1e-5': (ops) => ({
      layerNorm: (x, scale, shift) => ops.layerNorm(x, scale, shift, { epsilon: 1e-5 }),
    }),
    'layerNorm: epsilon is always 1e-12': (ops) => ({
      layerNorm: (x, scale, shift) => ops.layerNorm(x, scale, shift, { epsilon: 1e-12 }),
    }),
    'layerNorm: epsilon is left out': (ops) => ({
      layerNorm: (x, scale, shift, { epsilon }) =>
        ops.layerNorm(x, scale, shift, { epsilon: epsilon === 1e-12 ? 0 : epsilon }),
    }),
    'attention: the bias is left out': (ops) => ({
      attention: (query, key, value, { heads }) => ops.attention(query, key, value, { heads }),
    }),
    'conv2d: no bias is added': (ops) => ({
      conv2d: (x, weight, _, options) => ops.conv2d(x, weight, undefined, options),
    }),
    'conv2d: strides are swapped': (ops) => ({
      conv2d: (x, weight, bias, options) =>
        ops.conv2d(x, weight, bias, { ...options, stride: [options.stride[1], options.stride[0]] }),
    }),
    'conv2d: nothing lies around': (ops) => ({
      conv2d: (x, weight, bias, options) => ops.conv2d(x, weight, bias, { ...options, padding: [0, 0] }),
    }),
    'relu: does nothing': () => ({ relu: (x) => x }),
    'sigmoid: does nothing': () => ({ sigmoid: (x) => x }),
    'tanh: does nothing': () => ({ tanh: (x) => x }),
    'hardswish: is relu': (ops) => ({ hardswish: ops.relu }),
    'gelu: does nothing': () => ({ gelu: (x) => x }),
    'add: b is left out': () => ({ add: (a) => a }),
    'multiply: b is left out': () => ({ multiply: (a) => a }),
    'multiply: adds instead': (ops) => ({ multiply: ops.add }),
    'remainder: a is left as it is': () => ({ remainder: (a) => a }),
    'log: does nothing': () => ({ log: (x) => x }),
    'log: to the base of 2': (ops) => ({ log: (x) => ops.scale(ops.log(x), Math.LOG2E) }),
    'clamp: the lower bound is left out': (ops) => ({
      clamp: (x, { most }) => (most === undefined ? x : ops.clamp(x, { most })),
    }),
    'clamp: the upper bound is left out': (ops) => ({
      clamp: (x, { least }) => (least === undefined ? x : ops.clamp(x, { least })),
    }),
    'mean: another axis': (ops) => ({ mean: (x, axis) => ops.mean(x, axis === 1 ? 2 : 1) }),
    'max: another axis': (ops) => ({ max: (x, axis) => ops.max(x, axis === 1 ? 2 : 1) }),
    'max: begins at zero': (ops) => ({ max: (x, axis) => ops.relu(ops.max(x, axis)) }),
    'reshape: does nothing': () => ({ reshape: (x) => x }),
    'reshape: sizes of 0 are worked out with the batch': (ops) => ({
      reshape: (x, shape) =>
        ops.reshape(x, shape.filter((size) => size === 0).length > 0 ? [-1, ...shape.slice(1)] : shape),
    }),
    'transpose: does nothing': () => ({ transpose: (x) => x }),
    'transpose: the inverse permutation': (ops) => ({
      transpose: (x, permutation) =>
        ops.transpose(
          x,
          permutation.map((_, axis) => permutation.indexOf(axis)),
        ),
    }),
    'concat: in reverse': (ops) => ({ concat: (tensors, axis) => ops.concat(tensors.toReversed(), axis) }),
    'slice: from the start': (ops) => ({
      slice: (x, axis, start, end) => ops.slice(x, axis, 0, end - start),
    }),
    'sliceLike: does nothing': () => ({ sliceLike: (x) => x }),
    'gather: the first row always': (ops) => ({
      gather: (table, ids) => ops.gather(table, ops.scale(ids, 0)),
    }),
    'take: the first always': (ops) => ({ take: (x, positions) => ops.take(x, ops.scale(positions, 0)) }),
    'expandBatch: does nothing': () => ({ expandBatch: (x) => x }),
    'patches: stride and size are swapped': (ops) => ({
      patches: (x, { size, stride }) => ops.patches(x, { size: stride, stride: size }),
    }),
  };

  test.each(Object.entries(wrong))('%s', async (name, replace) => {
    const operation = name.split(':')[0];
    const cases = conformanceCases.filter((example) => example.name.startsWith(`${operation}:`));
    const isCaught = async () => {
      for (const example of cases) {
        const running = runConformanceCase(withOperation(replace), example);
        if (await rejects(running)) return true;
      }
      return false;
    };
    expect(await isCaught()).toBe(true);
  });

  test('NaN in an output', async () => {
    const backend = withLoaded((loaded) => ({
      ...loaded,
      run: async (...call) => mapData(await loaded.run(...call), () => Number.NaN),
    }));
    await expect(runConformanceCase(backend, conformanceCases[0]!)).rejects.toThrow('got NaN');
  });

  test('the tanh approximation of gelu', async () => {
    const tanhGelu = (x: number) =>
      0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
    const backend = withLoaded((loaded) => ({
      ...loaded,
      run: async ({ x }) => mapData({ y: x as Tensor<'float32'> }, tanhGelu),
    }));
    const example = conformanceCases.find(({ name }) => name.startsWith('gelu: −10 to 10'))!;
    await expect(runConformanceCase(backend, example)).rejects.toThrow('is off by 4.7');
  });

  test('an output off by some tolerances, and says where and by how much', async () => {
    const off = 100 * operationTolerance.float32;
    const backend = withLoaded((loaded) => ({
      ...loaded,
      run: async (...call) =>
        mapData(await loaded.run(...call), (value, index) => (index ? value : value + off)),
    }));
    await expect(runConformanceCase(backend, conformanceCases[0]!)).rejects.toThrow(
      /"y" \[1, 3\] is off by 1\.00e-3 at element 0: expected .+, got .+ is allowed/,
    );
  });
});
