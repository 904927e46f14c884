import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { learningRateAt, type RatePlan, type Schedule } from '../src/recipe/schedule.js';

const reference: Record<string, number[]> = JSON.parse(
  await readFile(new URL('fixtures/schedules/schedules.json', import.meta.url), 'utf8'),
);
/** Digits of float64 that chained products lose. */
const relativeTolerance = 1e-12;

/** Rates of every `stride`th step. */
function rates(plan: RatePlan, stepsPerEpoch: number, epochs: number, stride = 1): number[] {
  const count = Math.ceil((stepsPerEpoch * epochs) / stride);
  return Array.from({ length: count }, (_, index) =>
    learningRateAt(plan, { step: index * stride, stepsPerEpoch, epochs }),
  );
}

function expectNear(got: readonly number[], expected: readonly number[]): void {
  expect(got.length).toBe(expected.length);
  got.forEach((rate, index) => {
    const bound = relativeTolerance * Math.max(1e-3, expected[index]!);
    expect(Math.abs(rate - expected[index]!), `step ${index}`).toBeLessThanOrEqual(bound);
  });
}

const halved: Schedule = { kind: 'milestones', from: 2, every: 1, factor: 0.5 };
const official = { steps: 1000, every: 50, overridesSchedule: true };

describe('learning rates are those of PyTorch', () => {
  test.each<[string, Schedule, number, number]>([
    ['milestones', halved, 4, 5],
    ['sparseMilestones', { kind: 'milestones', from: 10, every: 5, factor: 0.5 }, 1, 25],
    ['cosine', { kind: 'cosine', end: 0.1 }, 4, 5],
    ['linear', { kind: 'linear', end: 0.25 }, 4, 5],
    ['oneCycle', { kind: 'one-cycle' }, 4, 5],
    ['earlyCycle', { kind: 'one-cycle', rising: 0.1, startDivisor: 10, endDivisor: 100 }, 10, 3],
  ])('%s', (name, schedule, stepsPerEpoch, epochs) => {
    expectNear(rates({ learningRate: 0.01, schedule }, stepsPerEpoch, epochs), reference[name]!);
  });

  test('and of the official warm-up, where it meets milestones and where not', () => {
    const plan = { learningRate: 0.01, schedule: halved, warmUp: official };
    expectNear(rates(plan, 300, 5, 7), reference.officialWarmUp!);
    expectNear(rates(plan, 1730, 3, 37), reference.longWarmUp!);
  });
});

describe('learning rates', () => {
  const at = (plan: Omit<RatePlan, 'learningRate'>, step: number, stepsPerEpoch = 10, epochs = 10) =>
    learningRateAt({ learningRate: 1, ...plan }, { step, stepsPerEpoch, epochs });
  const constant = { schedule: { kind: 'constant' } } as const;

  test('are 0 in the first 50 steps of the official warm-up, whole from its 1000th', () => {
    const plan = { schedule: halved, warmUp: official };
    const found = [0, 49, 50, 99, 100, 999, 1000, 1999, 2000].map((step) => at(plan, step, 1000, 4));
    expect(found).toEqual([0, 0, 0.05, 0.05, 0.1, 0.95, 1, 1, 0.5]);
  });

  test('lose no milestone to a warm-up that does not override them', () => {
    const warmUp = { steps: 30 };
    expect([0, 15, 20, 29, 30, 40].map((step) => at({ schedule: halved, warmUp }, step))).toEqual([
      0,
      0.5,
      (0.5 * 20) / 30,
      (0.5 * 29) / 30,
      0.25,
      0.125,
    ]);
  });

  test('grow whole where the warm-up is no multiple of its stride', () => {
    const warmUp = { steps: 10, every: 4 };
    expect([3, 4, 8, 9, 10, 50].map((step) => at({ ...constant, warmUp }, step))).toEqual([
      0, 0.4, 0.8, 0.8, 1, 1,
    ]);
  });

  test('are numbers in the shortest of cycles', () => {
    const short = { schedule: { kind: 'one-cycle', rising: 0.5 } } as const;
    expect(at(short, 0, 1, 2)).toBe(1);
    expect(at(short, 1, 1, 2)).toBeCloseTo(4e-6, 15);
    expect(at(short, 0, 1, 1)).toBeGreaterThan(0);
  });

  test('stay at their ends behind the last step', () => {
    expect(at({ schedule: { kind: 'linear' } }, 500)).toBe(0);
    expect(at({ schedule: { kind: 'cosine', end: 0.5 } }, 500)).toBe(0.5);
    expect(at({ schedule: { kind: 'one-cycle' } }, 500)).toBeCloseTo(4e-6, 15);
    expect(at(constant, 500)).toBe(1);
  });

  test.each([
    [{ schedule: { kind: 'steps' } }, 'schedule.kind of the recipe makes no sense'],
    [{ schedule: { ...halved, factor: 2 } }, 'expected a number from 0 to 1, got 2'],
    [{ schedule: { ...halved, from: -1 } }, 'schedule.from'],
    [{ schedule: { kind: 'milestones', from: 1, every: 0, factor: 0.5 } }, 'a whole number from 1'],
    [{ schedule: { kind: 'milestones', from: 1 } }, 'schedule.every'],
    [{ schedule: { kind: 'cosine', until: 3 } }, 'has no option "until"'],
    [{ schedule: { kind: 'linear', end: -1 } }, 'schedule.end'],
    [{ schedule: { kind: 'one-cycle', rising: 1 } }, 'schedule.rising'],
    [{ schedule: { kind: 'one-cycle' }, warmUp: { steps: 5 } }, 'a cycle warms up itself'],
    [{ ...constant, warmUp: { steps: -1 } }, 'warmUp.steps'],
    [{ ...constant, warmUp: { steps: 5, every: 0 } }, 'a whole number from 1'],
    [{ ...constant, learningRate: -1 }, 'learningRate'],
  ])('are refused of %o', (plan, message) => {
    expect(() => at(plan as unknown as RatePlan, 1)).toThrow(message);
  });
});
