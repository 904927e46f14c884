import { castTensor, dtypes, tensor, toFloat32 } from '@audiozoo/core';
import {
  allocate,
  bytesPerElement,
  bytesToElements,
  elementCount,
  formatShape,
  sameShape,
} from '@audiozoo/core/plugin';
import { describe, expect, test } from 'vitest';

describe('tensor', () => {
  test('holds as many elements as its shape says', () => {
    expect(tensor('float32', [2, 3], new Float32Array(6))).toMatchObject({ dtype: 'float32', shape: [2, 3] });
    expect(tensor('int8', [], new Int8Array(1)).shape).toEqual([]);
  });

  test('refuses more or fewer, and says how many it wants', () => {
    expect(() => tensor('float32', [2, 3], new Float32Array(5))).toThrow(
      'tensor data do not fit shape [2, 3]: expected 6 elements, got 5.',
    );
    expect(() => tensor('float32', [2, 0], new Float32Array(1))).toThrow('expected 0 elements, got 1');
  });
});

describe('castTensor', () => {
  const values = [0, 1, -2, 3.75, -0.5, 100];
  const source = tensor('float64', [2, 3], Float64Array.from(values));

  test.each(['float64', 'float32', 'float16', 'bfloat16'] as const)('keeps exact values in %s', (dtype) => {
    const there = castTensor(source, dtype);
    expect(there).toMatchObject({ dtype, shape: [2, 3] });
    expect(castTensor(there, 'float64').data).toEqual(Float64Array.from(values));
  });

  test.each(['int32', 'int16', 'int8'] as const)('truncates towards zero in %s', (dtype) => {
    expect([...castTensor(source, dtype).data]).toEqual([0, 1, -2, 3, 0, 100]);
  });

  test('truncates towards zero in int64', () => {
    expect([...castTensor(source, 'int64').data]).toEqual([0n, 1n, -2n, 3n, 0n, 100n]);
  });

  test('takes anything but zero for true', () => {
    expect([...castTensor(source, 'bool').data]).toEqual([0, 1, 1, 1, 1, 1]);
  });

  test('reads integers back as numbers', () => {
    expect([...toFloat32(tensor('int64', [2], BigInt64Array.of(-7n, 1n << 24n)))]).toEqual([-7, 2 ** 24]);
    expect([...toFloat32(tensor('bool', [2], Uint8Array.of(1, 0)))]).toEqual([1, 0]);
  });

  test('rounds to the nearest, ties to even, in float32', () => {
    const between = tensor('float64', [2], Float64Array.of(1 + 2 ** -24, 1 + 3 * 2 ** -24));
    expect([...toFloat32(between)]).toEqual([1, 1 + 2 ** -22]);
  });

  test('returns the very tensor when there is nothing to do', () => {
    expect(castTensor(source, 'float64')).toBe(source);
  });
});

describe('elements of bytes', () => {
  test.each(dtypes)('%s takes the bytes it says', (dtype) => {
    expect(allocate(dtype, 3).byteLength).toBe(3 * bytesPerElement(dtype));
  });

  test('are the same whether the bytes are aligned or not', () => {
    const bytes = new Uint8Array(17);
    new DataView(bytes.buffer).setFloat64(8, 1.5, true);
    new DataView(bytes.buffer).setFloat32(1, -2.25, true);
    expect([...bytesToElements('float64', bytes.subarray(8, 16))]).toEqual([1.5]);
    expect([...bytesToElements('float32', bytes.subarray(1, 5))]).toEqual([-2.25]);
  });
});

test('shapes know their elements, their equals and how people write them', () => {
  expect([elementCount([]), elementCount([2, 3, 4]), elementCount([5, 0])]).toEqual([1, 24, 0]);
  expect(sameShape([2, 3], [2, 3])).toBe(true);
  expect(sameShape([2, 3], [2, 3, 1])).toBe(false);
  expect(sameShape([2, 3], [3, 2])).toBe(false);
  expect(formatShape([1, 2])).toBe('[1, 2]');
});
