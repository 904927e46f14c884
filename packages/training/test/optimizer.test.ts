import { readFileSync } from 'node:fs';
import { normalRandom } from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';
import { compileKernel } from '../kernel/compile.js';
import { createOptimizer, type OptimizerOptions } from '../src/index.js';

test('the kernel is what kernel/compile.ts makes of kernel/optimizer.ts', async () => {
  const kept = readFileSync(new URL('../src/optimizer/kernel-binary.ts', import.meta.url), 'utf8');
  expect(kept).toBe(await compileKernel());
});

const start = [0.5, -1, 2, 0.1, -0.3];
const gradient = [0.1, -2, 0.03, 0, 1];

describe('updates are those of PyTorch', () => {
  // After three steps with one, two and three times the gradient, rate 0.01.
  test.each([
    [{ weightDecay: 0.1 }, [0.47039458, -0.97071695, 1.9699508, 0.07015866, -0.32920039]],
    [{ kind: 'adamw', weightDecay: 0.1 }, [0.46929935, -0.96780086, 1.9648039, 0.0997003, -0.3283031]],
    [{ betas: [0.95, 0.999] }, [0.4710198, -0.9710198, 1.9710199, 0.1, -0.32898024]],
  ] as [OptimizerOptions, number[]][])('%o', (options, expected) => {
    const weights = new Map([['w', Float32Array.from(start)]]);
    const optimizer = createOptimizer(new Map([['w', start.length]]), options);
    for (const factor of [1, 2, 3]) {
      const scaled = Float32Array.from(gradient, (value) => value * factor);
      optimizer.update(weights, new Map([['w', scaled]]), { rate: 0.01 });
    }
    weights.get('w')!.forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index]!, 6);
    });
  });

  test('with gradients that are clipped together', () => {
    const weights = new Map([
      ['a', Float32Array.of(0.5, -1)],
      ['b', Float32Array.of(2)],
    ]);
    const optimizer = createOptimizer(new Map(Array.from(weights, ([name, { length }]) => [name, length])));
    const norms = [1, 2].map((factor) => {
      const gradients = new Map([
        ['a', Float32Array.of(3 * factor, 4 * factor)],
        ['b', Float32Array.of(12)],
      ]);
      return optimizer.update(weights, gradients, { rate: 0.01, clipNorm: 1 });
    });
    expect(norms[0]).toBe(13);
    expect(norms[1]).toBeCloseTo(15.6204996, 6);
    expect(weights.get('a')![0]).toBeCloseTo(0.480170995, 6);
    expect(weights.get('a')![1]).toBeCloseTo(-1.019829035, 6);
    expect(weights.get('b')![0]).toBeCloseTo(1.980089188, 6);
  });
});

test('parameters of any length are updated whole, and nothing beside them', () => {
  for (const length of [1, 3, 4, 5, 16383, 16384, 16385, 50001]) {
    const optimizer = createOptimizer(new Map([['w', length]]));
    const all = new Float32Array(length + 2).fill(7);
    const gradients = new Map([['w', new Float32Array(length).fill(-2)]]);
    optimizer.update(new Map([['w', all.subarray(1, length + 1)]]), gradients, { rate: 1 });
    expect([all[0], all[length + 1]]).toEqual([7, 7]);
    expect(all.subarray(1, length + 1).every((value) => Math.abs(value - 8) < 1e-5)).toBe(true);
  }
});

test('a parameter has a rate of its own, and a decay where it is told', () => {
  const lengths = new Map([
    ['head', 2],
    ['body', 2],
  ]);
  const weights = new Map(Array.from(lengths, ([name]) => [name, Float32Array.of(1, 1)]));
  const gradients = new Map(Array.from(lengths, ([name]) => [name, Float32Array.of(0, 1)]));
  const decays = (name: string) => name === 'head';
  const optimizer = createOptimizer(lengths, { kind: 'adamw', weightDecay: 0.5, decays });
  optimizer.update(weights, gradients, { rate: (name) => (name === 'head' ? 0.1 : 0.01) });
  const [head, body] = [...weights.values()];
  expect(head![0]).toBeCloseTo(0.95, 6);
  expect(head![1]).toBeCloseTo(0.85, 6);
  expect(body![0]).toBe(1);
  expect(body![1]).toBeCloseTo(0.99, 6);
});

test('what is restored goes on to the same bits', () => {
  const lengths = new Map([
    ['a', 7],
    ['b', 20000],
  ]);
  const normal = normalRandom(1);
  const random = () =>
    new Map(Array.from(lengths, ([name, length]) => [name, Float32Array.from({ length }, normal)]));
  const [weights, gradients] = [random(), [random(), random(), random()]];
  const optimizer = createOptimizer(lengths);
  optimizer.update(weights, gradients[0]!, { rate: 0.1 });
  const state = optimizer.state();
  const kept = new Map(Array.from(weights, ([name, data]) => [name, data.slice()]));
  for (const each of gradients.slice(1)) optimizer.update(weights, each, { rate: 0.1 });

  const other = createOptimizer(lengths);
  other.restore(state);
  for (const each of gradients.slice(1)) other.update(kept, each, { rate: 0.1 });
  expect(kept).toEqual(weights);
  expect(state.steps).toBe(1);
});

test('a gradient that is not finite is refused by name, and changes nothing', () => {
  const weights = new Map([
    ['a', Float32Array.of(1)],
    ['b', Float32Array.of(1)],
  ]);
  const optimizer = createOptimizer(new Map([...weights].map(([name]) => [name, 1])));
  const gradients = new Map([
    ['a', Float32Array.of(1)],
    ['b', Float32Array.of(Number.NaN)],
  ]);
  expect(() => optimizer.update(weights, gradients, { rate: 1 })).toThrow('the gradient of b is not finite');
  expect([...weights.values()]).toEqual([Float32Array.of(1), Float32Array.of(1)]);
  expect(optimizer.state().steps).toBe(0);
});

test.each([
  [{ kind: 'sgd' }, 'expected adam or adamw'],
  [{ betas: [0.9] }, 'expected two numbers from 0, below 1'],
  [{ betas: [0.9, 1] }, 'expected two numbers from 0, below 1'],
  [{ epsilon: 0 }, 'expected a number above 0'],
  [{ weightDecay: -1 }, 'expected a number from 0'],
  [{ decay: 1 }, 'has no option "decay"'],
])('%o is refused', (options, message) => {
  expect(() => createOptimizer(new Map(), options as OptimizerOptions)).toThrow(message);
});

test('states of other parameters, and more than WebAssembly holds, are refused', () => {
  const { state } = createOptimizer(new Map([['a', 3]]));
  const other = createOptimizer(new Map([['a', 4]]));
  expect(() => other.restore(state())).toThrow('expected 4 means of a');
  expect(() => createOptimizer(new Map([['a', 600e6]]))).toThrow(/at most 536 million.*got 601 million/);
});
