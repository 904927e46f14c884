import { describe, expect, test } from 'vitest';
import { samplingWeights, shuffledOrder, weightedOrder } from '../src/data/sampling.js';

/** One false alarm in a billion, and none for these seeds. */
const standardErrors = 6;

describe('a shuffled epoch', () => {
  test('has each clip once, in the same order for the same seed and epoch, in another else', () => {
    const order = shuffledOrder(100, { seed: 1, epoch: 2 });
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, clip) => clip));
    expect(shuffledOrder(100, { seed: 1, epoch: 2 })).toEqual(order);
    expect(shuffledOrder(100, { seed: 1, epoch: 3 })).not.toEqual(order);
    expect(shuffledOrder(100, { seed: 2, epoch: 2 })).not.toEqual(order);
    expect(shuffledOrder(0, { seed: 1 })).toHaveLength(0);
    expect([...shuffledOrder(1, { seed: 1 })]).toEqual([0]);
  });

  test('has every order as often', () => {
    const epochs = 6000;
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = shuffledOrder(3, { seed: 5, epoch }).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) {
      expect(Math.abs(count - epochs / 6)).toBeLessThan(standardErrors * Math.sqrt(epochs / 6));
    }
  });
});

describe('balanced sampling', () => {
  test('weighs clips by Σ 1000 / (count + 0.01) over their labels', () => {
    const weights = samplingWeights([{ labels: [0] }, { labels: [0, 2] }, { labels: [2] }, { labels: [0] }]);
    const [of3, of2] = [1000 / 3.01, 1000 / 2.01];
    expect([...weights]).toEqual([of3, of3 + of2, of2, of3]);
    expect([...samplingWeights([{ labels: [] }])]).toEqual([0]);
  });

  test('draws as many clips as there are, with replacement, in proportion to their weights', () => {
    const weights = [1, 0, 5, 2, 0];
    const counts = [0, 0, 0, 0, 0];
    const epochs = 2000;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = weightedOrder(weights, { seed: 9, epoch });
      expect(order).toHaveLength(5);
      for (const clip of order) counts[clip]!++;
    }
    counts.forEach((count, clip) => {
      const chance = weights[clip]! / 8;
      const expected = 5 * epochs * chance;
      expect(Math.abs(count - expected)).toBeLessThanOrEqual(
        standardErrors * Math.sqrt(expected * (1 - chance)),
      );
    });
  });

  test('lets rare labels be heard as often as frequent ones', () => {
    const clips = Array.from({ length: 1000 }, (_, clip) => ({ labels: [clip < 50 ? 1 : 0] }));
    const order = weightedOrder(samplingWeights(clips), { seed: 3 });
    const rare = order.filter((clip) => clip < 50).length;
    expect(Math.abs(rare - 500)).toBeLessThan(standardErrors * Math.sqrt(250));
    expect(weightedOrder(samplingWeights(clips), { seed: 3 })).toEqual(order);
    expect(weightedOrder(samplingWeights(clips), { seed: 3, epoch: 1 })).not.toEqual(order);
  });

  test.each([[[0, 0]], [[1, -1]], [[Number.NaN]], [[Infinity]]])('refuses weights of %o', (weights) => {
    expect(() => weightedOrder(weights, { seed: 0 })).toThrow('numbers from 0, not all of them 0');
  });
});
