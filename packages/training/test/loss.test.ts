import { type Tensor, tensor } from '@audiozoo/core';
import { normalRandom } from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';
import { createLoss, ignoredTarget, type LossOptions } from '../src/index.js';

const row = (...values: number[]) => tensor('float32', [1, values.length], Float32Array.from(values));
const rows = (...values: number[][]) =>
  tensor('float32', [values.length, values[0]!.length], Float32Array.from(values.flat()));
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** The mean, as training has it. */
function mean(options: LossOptions, logits: Tensor<'float32'>, targets: Tensor<'float32'>): number {
  const loss = createLoss(options, logits.shape.at(-1)!);
  return loss.sum(logits, targets) / loss.count(targets);
}

// torch.nn.functional, in float64, of these logits.
const logits = rows([1, -2, 0.5], [0, 3, -1]);
const soft = rows([0.25, 0.5, 0.25], [0, 1, 0]);

describe('losses are those of PyTorch', () => {
  test.each([
    // binary_cross_entropy_with_logits(logits, soft)
    [{ kind: 'bce' }, 0.6823771504],
    // binary_cross_entropy_with_logits(logits, soft, weight=tensor([1, 2, 0.5]))
    [{ kind: 'bce', classWeights: [1, 2, 0.5] }, 0.7814348215],
    // binary_cross_entropy_with_logits(logits, 0.9 * soft + 0.05)
    [{ kind: 'bce', labelSmoothing: 0.1 }, 0.7094604837],
    // cross_entropy(logits, soft)
    [{ kind: 'ce' }, 1.097740403],
    // cross_entropy(logits, soft, label_smoothing=0.1)
    [{ kind: 'ce', labelSmoothing: 0.1 }, 1.191490403],
    // cross_entropy(logits, soft, weight=tensor([1, 2, 0.5]), label_smoothing=0.1)
    [{ kind: 'ce', labelSmoothing: 0.1, classWeights: [1, 2, 0.5] }, 1.9704178937],
  ] as [LossOptions, number][])('%o', (options, expected) => {
    expect(mean(options, logits, soft)).toBeCloseTo(expected, 6);
  });

  test('of logits that are far from zero', () => {
    expect(mean({ kind: 'bce' }, row(500, -500), row(1, 0))).toBe(0);
    expect(mean({ kind: 'bce' }, row(500, -500), row(0, 1))).toBe(500);
    expect(mean({ kind: 'ce' }, row(500, -500), row(0, 1))).toBe(1000);
  });
});

describe.each(['bce', 'ce'] as const)('%s', (kind) => {
  test.each([
    {},
    { labelSmoothing: 0.2 },
    { classWeights: [0.5, 2, 1] },
    { labelSmoothing: 0.1, classWeights: [3, 0, 1] },
  ])('scores · factor − offset is its slope: %o', (options) => {
    const loss = createLoss({ kind, ...options }, 3);
    const normal = normalRandom(1);
    const values = Float32Array.from({ length: 12 }, () => 2 * normal());
    const targets = rows([0.25, 0.5, 0.25], [0, 1, 0], [0.1, ignoredTarget, 0.9], [0.3, 0.3, 0.4]);
    const count = loss.count(targets);
    const { factor, offset } = loss.terms(targets, count);
    const at = (moved: Float32Array) => loss.sum(tensor('float32', [4, 3], moved), targets) / count;
    for (let index = 0; index < 12; index++) {
      const start = index - (index % 3);
      const powers = [...values.subarray(start, start + 3)].map(Math.exp);
      const share = powers[index - start]! / powers.reduce((sum, power) => sum + power);
      const score = kind === 'bce' ? sigmoid(values[index]!) : share;
      const got = score * factor.data[index]! - offset.data[index]!;
      const step = 2 ** -7; // which float32 holds exactly
      const [more, less] = [
        values.with(index, values[index]! + step),
        values.with(index, values[index]! - step),
      ];
      const expected = (at(more) - at(less)) / (more[index]! - less[index]!);
      expect(got).toBeCloseTo(expected, 4);
    }
  });

  test('refuses what is no target', () => {
    const loss = createLoss({ kind }, 2);
    for (const wrong of [1.5, -0.1, Number.NaN]) {
      expect(() => loss.count(row(0, wrong))).toThrow(/expected a number from 0 to 1.*got/);
    }
    expect(() => loss.count(row(0, 1, 0))).toThrow('expected [B, 2], got [1, 3]');
    expect(() => loss.sum(row(0, 1), rows([0, 1], [1, 0]))).toThrow('expected [1, 2], got [2, 2]');
  });
});

test('ignored labels of bce, and rows with one of ce, count for nothing', () => {
  const targets = rows([1, ignoredTarget, 0], [0, 1, 0]);
  expect(createLoss({ kind: 'bce' }, 3).count(targets)).toBe(5);
  expect(createLoss({ kind: 'ce' }, 3).count(targets)).toBe(1);
  const second = createLoss({ kind: 'ce' }, 3);
  expect(second.sum(logits, targets)).toBeCloseTo(second.sum(row(0, 3, -1), row(0, 1, 0)), 10);
  const { factor, offset } = createLoss({ kind: 'bce' }, 3).terms(targets, 5);
  expect([factor.data[1], Math.abs(offset.data[1]!)]).toEqual([0, 0]);
});

test.each([
  [{ kind: 'mse' }, 'expected bce or ce'],
  [{ kind: 'ce', labelSmoothing: 1 }, 'labelSmoothing of the loss makes no sense'],
  [{ kind: 'ce', classWeights: [1] }, 'expected 3 numbers'],
  [{ kind: 'ce', classWeights: [1, -1, 1] }, 'none below 0'],
  [{ kind: 'ce', smoothing: 0.1 }, 'has no option "smoothing"'],
])('%o is refused', (options, message) => {
  expect(() => createLoss(options as LossOptions, 3)).toThrow(message);
});
