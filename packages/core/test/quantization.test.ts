import { AudiozooError, tensor } from '@audiozoo/core';
import {
  checkWeights,
  dequantize,
  parameter,
  quantize,
  readWeights,
  weightsInMemory,
} from '@audiozoo/core/plugin';
import { randomTensor } from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';

/** Half a step, and float32's rounding on top. */
const halfStep = 0.5 + 1e-4;

const float = (shape: readonly number[], ...values: number[]) =>
  tensor('float32', shape, Float32Array.from(values));

describe('a quantized weight', () => {
  test('stands for the values it was made of, within half a step of each channel', () => {
    const weight = randomTensor([16, 40], 3);
    weight.data.forEach((value, index) => {
      weight.data[index] = value * 10 ** (Math.floor(index / 40) % 7); // channels of very different sizes
    });
    const quantized = quantize(weight);
    const { data } = dequantize(quantized);
    weight.data.forEach((value, index) => {
      const step = quantized.scale.data[Math.floor(index / 40)]!;
      expect(Math.abs(data[index]! - value)).toBeLessThanOrEqual(halfStep * step);
    });
  });

  test('spans its range from −127 to 127, around an exact zero', () => {
    const { integers, scale } = quantize(float([2, 3], -2.54, 0, 1.27, 0, 5, -0.001));
    expect([...integers.data]).toEqual([-127, 0, 64, 0, 127, 0]);
    expect([...scale.data]).toEqual([Math.fround(0.02), Math.fround(5 / 127)]);
  });

  test('of zeros, or of values too small for a scale, is zero', () => {
    const { integers, scale } = quantize(float([2, 2], 0, 0, 1e-44, -1e-44));
    expect([...dequantize({ integers, scale }).data].map(Math.abs)).toEqual([0, 0, 0, 0]);
    expect([...scale.data]).toEqual([1, 1]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('is not made of %s', (value) => {
    for (const row of [
      [3, value],
      [value, 3],
    ]) {
      const attempt = () => quantize(float([2, 2], 1, 2, ...row), 'dense.weight');
      expect(attempt).toThrow(/dense\.weight cannot be quantized: row 1 holds values that are not finite/);
    }
  });
});

const tree = {
  dense: parameter('dense.weight', [2, 3], { quantizable: true }),
  head: parameter('head.weight', [2, 3]),
};
const dense = tensor('int8', [2, 3], Int8Array.of(1, -2, 3, 127, 0, -127));
const head = float([2, 3], 1, 2, 3, 4, 5, 6);
const scale = float([2], 0.5, 2);

describe('a model whose weights are stored as int8', () => {
  test('reads them as the floats they stand for', async () => {
    const weights = weightsInMemory({
      'dense.weight': dense,
      'dense.weight_scale': scale,
      'head.weight': head,
    });
    const options = { config: undefined };
    const read = await readWeights({ parameters: () => tree }, weights, options, (its) => its);
    expect(read.dense).toEqual(float([2, 3], 0.5, -1, 1.5, 254, 0, -254));
    expect(read.head).toEqual(head);
  });

  test.each<[string, Record<string, ReturnType<typeof float> | typeof dense>, string]>([
    [
      'int8 without scales',
      { 'dense.weight': dense, 'head.weight': head },
      '1 missing: dense.weight_scale [2]',
    ],
    [
      'scales of another shape',
      { 'dense.weight': dense, 'dense.weight_scale': float([2, 1], 1, 1), 'head.weight': head },
      '1 misshapen: dense.weight_scale (expected [2], got [2, 1])',
    ],
    [
      'scales of a weight that is floats',
      { 'dense.weight': head, 'dense.weight_scale': scale, 'head.weight': head },
      '1 unexpected: dense.weight_scale',
    ],
    [
      'scales of a weight that may not be int8',
      {
        ...{ 'dense.weight': dense, 'dense.weight_scale': scale },
        ...{ 'head.weight': dense, 'head.weight_scale': scale },
      },
      '1 unexpected: head.weight_scale',
    ],
  ])('refuses %s', (_, tensors, message) => {
    let error: unknown;
    try {
      checkWeights(tree, weightsInMemory(tensors).tensors);
    } catch (thrown) {
      error = thrown;
    }
    expect(AudiozooError.isInstance(error, 'weights')).toBe(true);
    expect(String(error)).toContain(message);
  });
});
