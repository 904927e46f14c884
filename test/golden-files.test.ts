import { tensor } from '@audiozoo/core';
import { expect, test } from 'vitest';
import { difference } from '../testing/golden-files.js';

const golden = tensor('float32', [2, 3], Float32Array.of(0, 1, 2, 3, 4, 5));

test('a difference from golden numbers is that from all of them, or from a row', () => {
  expect(difference([0, 1, 2, 3, 4, 7], golden)).toBe(2);
  expect(difference([3, 4, 4], golden, 1)).toBe(1);
  expect(difference([3, Number.NaN, 5], golden, 1)).toBeNaN();
});

test.each([
  [[], undefined],
  [[0, 1, 2], undefined],
  [[0, 1], 0],
  [[0, 1, 2, 3, 4, 5], 0],
  [[3, 4, 5], 2],
])('%j is none of them for row %j', (result, row) => {
  expect(() => difference(result, golden, row)).toThrow(/numbers are not/);
});
