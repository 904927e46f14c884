import { AudiozooError, blobSource, bytesSource } from '@audiozoo/core';
import { describe, expect, test } from 'vitest';

const bytes = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7);

describe.each([
  ['bytes', () => bytesSource(bytes)],
  ['a view of bytes', () => bytesSource(new Uint8Array([9, ...bytes, 9]).subarray(1, 9))],
  ['a Blob', () => blobSource(new Blob([bytes]))],
])('a source over %s', (_, open) => {
  test('knows its size and reads ranges, empty ones too', async () => {
    const source = open();
    expect(source.size).toBe(8);
    expect([...(await source.read(2, 3))]).toEqual([2, 3, 4]);
    expect([...(await source.read(0, 8))]).toEqual([...bytes]);
    expect([...(await source.read(8, 0))]).toEqual([]);
    await source.close();
  });

  test.each([
    [6, 3],
    [9, 0],
    [-1, 2],
    [0, -1],
    [Number.NaN, 1],
    [0, Number.NaN],
    [2 ** 60, 1],
  ])('refuses %d + %d', async (offset, length) => {
    const error = await open()
      .read(offset, length)
      .catch((thrown: unknown) => thrown);
    expect(AudiozooError.isInstance(error, 'file')).toBe(true);
  });
});

test('a File keeps its name for messages', () => {
  expect(blobSource(new File([bytes], 'dog.wav')).name).toBe('dog.wav');
  expect(blobSource(new Blob([bytes])).name).toBe('blob');
});
