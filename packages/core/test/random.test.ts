import { normalRandom, randomTensor, uniformRandom } from '@audiozoo/core/testing';
import { expect, test } from 'vitest';

const count = 20_000;
const draw = (random: () => number) => Array.from({ length: count }, random);
const meanOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('the same seed gives the same numbers, everywhere and always', () => {
  const random = uniformRandom(1);
  expect([random(), random(), random()]).toEqual([
    0.6270739405881613, 0.002735721180215478, 0.5274470399599522,
  ]);
});

test('another seed gives other numbers', () => {
  expect(randomTensor([4], 1)).toEqual(randomTensor([4], 1));
  expect(randomTensor([4], 1)).not.toEqual(randomTensor([4], 2));
});

test('uniform numbers fill [0, 1) evenly', () => {
  const values = draw(uniformRandom(5));
  expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
  expect(meanOf(values)).toBeCloseTo(0.5, 1);
});

test('normal numbers are finite, of mean 0 and variance 1', () => {
  const values = draw(normalRandom(5));
  expect(values.every(Number.isFinite)).toBe(true);
  expect(meanOf(values)).toBeCloseTo(0, 1);
  expect(meanOf(values.map((value) => value ** 2))).toBeCloseTo(1, 1);
});

test('a random tensor is scaled', () => {
  const [small, large] = [randomTensor([3, 5], 9), randomTensor([3, 5], 9, 2)];
  expect(small.shape).toEqual([3, 5]);
  expect(large.data).toEqual(small.data.map((value) => value * 2));
});
