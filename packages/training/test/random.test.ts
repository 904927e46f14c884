import { describe, expect, test } from 'vitest';
import { createRandom, type Random, type RandomKey } from '../src/random/random.js';

/** Of the mean of so many draws, in standard errors: one false alarm in a billion, and none for these seeds. */
const standardErrors = 6;
const draws = 20_000;

describe('random numbers', () => {
  const first = (key: RandomKey, purpose: Parameters<typeof createRandom>[1] = 'mixup') => {
    const random = createRandom(key, purpose);
    return Array.from({ length: 8 }, () => random.uniform());
  };

  test('are the same for the same key, whatever was drawn before', () => {
    const key = { seed: 7, epoch: 3, clip: 11 };
    first({ seed: 7, epoch: 3, clip: 10 });
    expect(first(key)).toEqual(first(key));
    expect(first({ seed: 7 })).toEqual(first({ seed: 7, epoch: 0, clip: 0 }));
  });

  test('share none with another seed, epoch, clip or purpose', () => {
    const all = [
      first({ seed: 7, epoch: 3, clip: 11 }),
      first({ seed: 8, epoch: 3, clip: 11 }),
      first({ seed: 7 + 2 ** 32, epoch: 3, clip: 11 }),
      first({ seed: 7, epoch: 4, clip: 11 }),
      first({ seed: 7, epoch: 3, clip: 12 }),
      first({ seed: 7, epoch: 11, clip: 3 }),
      first({ seed: 7, epoch: 3, clip: 11 }, 'noise'),
    ].flat();
    expect(new Set(all).size).toBe(all.length);
  });

  test.each([
    [{ seed: -1 }, 'seed is no key'],
    [{ seed: 1.5 }, 'expected a whole number from 0'],
    [{ seed: Number.NaN }, 'seed is no key'],
    [{ seed: 2 ** 53 }, 'seed is no key'],
    [{ seed: 0, epoch: -1 }, 'epoch is no key'],
    [{ seed: 0, clip: 2 ** 32 }, 'clip is no key'],
  ])('%o is refused as a key', (key, message) => {
    expect(() => createRandom(key, 'order')).toThrow(message);
  });
});

describe('distributions', () => {
  const variance = {
    uniform: 1 / 12,
    gamma: (shape: number) => shape,
    beta: (a: number, b: number) => (a * b) / ((a + b) ** 2 * (a + b + 1)),
  };

  test.each<[string, (random: Random) => number, number, number]>([
    ['uniform', (random) => random.uniform(), 0.5, variance.uniform],
    ['normal', (random) => random.normal(), 0, 1],
    ['gamma of 10', (random) => random.gamma(10), 10, variance.gamma(10)],
    ['gamma of 1', (random) => random.gamma(1), 1, variance.gamma(1)],
    ['gamma of 0.3', (random) => random.gamma(0.3), 0.3, variance.gamma(0.3)],
    ['beta of 10 and 10', (random) => random.beta(10, 10), 0.5, variance.beta(10, 10)],
    ['beta of 0.2 and 0.2', (random) => random.beta(0.2, 0.2), 0.5, variance.beta(0.2, 0.2)],
    ['beta of 2 and 5', (random) => random.beta(2, 5), 2 / 7, variance.beta(2, 5)],
  ])('%s has its mean and its variance', (_name, draw, mean, spread) => {
    const random = createRandom({ seed: 1 }, 'noise');
    const values = Array.from({ length: draws }, () => draw(random));
    const squares = values.map((value) => (value - mean) ** 2);
    const meanOf = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / draws;
    const errorOf = (list: readonly number[]) => {
      const middle = meanOf(list);
      return Math.sqrt(meanOf(list.map((value) => (value - middle) ** 2)) / draws);
    };
    expect(Math.abs(meanOf(values) - mean)).toBeLessThan(standardErrors * Math.sqrt(spread / draws));
    expect(Math.abs(meanOf(squares) - spread)).toBeLessThan(standardErrors * errorOf(squares));
  });

  test('a normal one has its tails', () => {
    const random = createRandom({ seed: 2 }, 'noise');
    const values = Array.from({ length: draws }, () => Math.abs(random.normal()));
    for (const [beyond, share] of [
      [1, 0.31731],
      [2, 0.0455],
      [3, 0.0027],
    ] as const) {
      const found = values.filter((value) => value > beyond).length / draws;
      expect(Math.abs(found - share)).toBeLessThan(standardErrors * Math.sqrt((share * (1 - share)) / draws));
    }
  });

  test('whole numbers are each as frequent, from 0 up to the last', () => {
    const random = createRandom({ seed: 3 }, 'order');
    const counts = new Map<number, number>();
    for (let draw = 0; draw < draws; draw++) {
      const value = random.below(7);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const error = Math.sqrt(draws * (1 / 7) * (6 / 7));
    for (const count of counts.values()) {
      expect(Math.abs(count - draws / 7)).toBeLessThan(standardErrors * error);
    }
  });

  test('of one clip after another are as independent as of one after itself', () => {
    const values = Array.from({ length: draws }, (_, clip) =>
      createRandom({ seed: 4, clip }, 'mixup').uniform(),
    );
    const centred = values.map((value) => value - 0.5);
    const correlation =
      centred.slice(1).reduce((sum, value, index) => sum + value * centred[index]!, 0) / draws / (1 / 12);
    expect(Math.abs(correlation)).toBeLessThan(standardErrors / Math.sqrt(draws));
  });

  test('a gamma distribution of no shape is refused', () => {
    const random = createRandom({ seed: 0 }, 'mixup');
    expect(() => random.gamma(0)).toThrow('expected a number above 0, got 0');
    expect(() => random.beta(Number.NaN, 1)).toThrow('expected a number above 0');
  });
});
