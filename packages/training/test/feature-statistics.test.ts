import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { featureStatistics } from '../src/data/feature-statistics.js';

const reference: { clips: number[][]; mean: number; std: number } = JSON.parse(
  await readFile(new URL('fixtures/statistics/statistics.json', import.meta.url), 'utf8'),
);

test('statistics of features are those of the official script, in one piece or clip by clip', () => {
  for (const pieces of [reference.clips, [reference.clips.flat()], reference.clips.flat().map((n) => [n])]) {
    const statistics = featureStatistics();
    for (const piece of pieces) statistics.add(Float32Array.from(piece));
    const { mean, std } = statistics.result();
    expect(mean).toBeCloseTo(reference.mean, 14);
    expect(std).toBeCloseTo(reference.std, 14);
  }
});

test('a large mean costs no digits of the deviation', () => {
  const statistics = featureStatistics();
  for (let clip = 0; clip < 1000; clip++) statistics.add([1e8 + 1, 1e8 - 1]);
  expect(statistics.result().mean).toBe(1e8);
  expect(statistics.result().std).toBeCloseTo(Math.sqrt(2000 / 1999), 12);
});

test('what has no deviation, or is not finite, is refused', () => {
  const statistics = featureStatistics();
  expect(() => statistics.result()).toThrow('features that are not all the same, got 0 that are');
  statistics.add([]);
  statistics.add([2, 2]);
  expect(() => statistics.result()).toThrow('got 2 that are');
  expect(() => statistics.add([1, Number.NaN])).toThrow('expected finite features');
});
