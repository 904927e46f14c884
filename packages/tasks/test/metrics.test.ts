// Against scikit-learn and SciPy: fixtures/metrics, whose cases.json says how each table was judged there.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readNpy } from '@audiozoo/core';
import {
  accuracy,
  averageScores,
  classMetrics,
  confusionMatrix,
  dPrime,
  evaluateScores,
  normalQuantile,
  type ScoreTable,
  type TargetTable,
} from '@audiozoo/tasks';
import { describe, expect, test } from 'vitest';

const fixtures = join(import.meta.dirname, 'fixtures/metrics');
const metricTolerance = 1e-9;
/** Relative: a few units in the last place of a double. */
const quantileTolerance = 1e-15;

interface Case {
  readonly name: string;
  readonly averagePrecision: readonly (number | null)[];
  readonly rocAuc: readonly (number | null)[];
  readonly mAP: number;
  readonly mAUC: number;
  readonly dPrime: number;
  readonly accuracy: number;
}
const { cases } = JSON.parse(await readFile(join(fixtures, 'cases.json'), 'utf8')) as {
  cases: readonly Case[];
};

async function tables(name: string): Promise<[ScoreTable, TargetTable]> {
  const read = async (kind: string) => readNpy(await readFile(join(fixtures, `${name}.${kind}.npy`)));
  return [(await read('scores')) as ScoreTable, (await read('target')) as TargetTable];
}

describe.each(cases)('$name', (reference) => {
  test('is judged as scikit-learn and SciPy judge it', async () => {
    const [scores, targets] = await tables(reference.name);
    const evaluation = evaluateScores(scores, targets);
    expectEqual(evaluation.mAP, reference.mAP);
    expectEqual(evaluation.mAUC, reference.mAUC);
    expectEqual(evaluation.dPrime, reference.dPrime);
    expectEqual(accuracy(scores, targets), reference.accuracy);
    expect(evaluation.clips).toBe(scores.shape[0]);
    expect(evaluation.perClass).toHaveLength(reference.averagePrecision.length);
    evaluation.perClass.forEach(({ averagePrecision, rocAuc }, label) => {
      expectEqual(averagePrecision, reference.averagePrecision[label]);
      expectEqual(rocAuc, reference.rocAuc[label]);
    });
  });

  test('counts every clip once in the confusion matrix, and the right ones on its diagonal', async () => {
    const [scores, targets] = await tables(reference.name);
    const { shape, data } = confusionMatrix(scores, targets);
    const labels = scores.shape[1]!;
    expect(shape).toEqual([labels, labels]);
    expect(data.reduce((a, b) => a + b)).toBe(scores.shape[0]);
    const right = data.filter((_, place) => place % (labels + 1) === 0).reduce((a, b) => a + b);
    expectEqual(right / scores.shape[0]!, reference.accuracy);
  });
});

describe('a class', () => {
  test('is ranked by its scores alone, wherever equal ones stand', () => {
    const scores = [0.9, 0.5, 0.5, 0.5, 0.1];
    const one = classMetrics(scores, [1, 1, 0, 0, 0]);
    expect(one).toEqual(classMetrics(scores, [1, 0, 0, 1, 0]));
    expectEqual(one.averagePrecision, (1 + 2 / 4) / 2);
    expectEqual(one.rocAuc, (3 + 2) / 6);
  });

  test.each([
    ['without positives', [0, 0, 0], 0],
    ['without negatives', [1, 1, 1], 3],
  ])('%s has no figures', (_title, targets, positives) => {
    expect(classMetrics([1, 2, 3], targets)).toEqual({
      positives,
      averagePrecision: undefined,
      rocAuc: undefined,
    });
  });

  test('may have infinite scores, which rank as such', () => {
    expect(classMetrics([Infinity, 0, -Infinity, -Infinity], [1, 0, 0, 0]).rocAuc).toBe(1);
    expect(classMetrics([-Infinity, -Infinity], [1, 0])).toMatchObject({
      averagePrecision: 0.5,
      rocAuc: 0.5,
    });
  });

  test('refuses scores that are NaN, and truths that are too few', () => {
    expect(() => classMetrics([0.1, Number.NaN], [0, 1])).toThrow(/clip 1 .*NaN/);
    expect(() => classMetrics([0.1, 0.2], [0])).toThrow(/expected 2 truths, got 1/);
  });
});

describe('a table', () => {
  const targets: TargetTable = { dtype: 'uint8', shape: [2, 2], data: Uint8Array.of(1, 0, 0, 1) };

  test('has an infinite d′ when every class is told apart without a fault', () => {
    const scores: ScoreTable = { dtype: 'float64', shape: [2, 2], data: Float64Array.of(0.9, 0.1, 0.2, 0.8) };
    expect(evaluateScores(scores, targets)).toMatchObject({ mAP: 1, mAUC: 1, dPrime: Infinity });
  });

  test('has no means when no class has figures', () => {
    const scores: ScoreTable = { dtype: 'float64', shape: [0, 2], data: new Float64Array() };
    const none: TargetTable = { dtype: 'uint8', shape: [0, 2], data: new Uint8Array() };
    expect(evaluateScores(scores, none)).toMatchObject({ clips: 0, mAP: undefined, dPrime: undefined });
    expect(accuracy(scores, none)).toBeNaN();
  });

  test('has confusions in the row of the true class and the column of the class that was heard', () => {
    const scores: ScoreTable = { dtype: 'float64', shape: [2, 2], data: Float64Array.of(0.1, 0.9, 0.2, 0.8) };
    expect(Array.from(confusionMatrix(scores, targets).data)).toEqual([0, 1, 0, 1]);
  });

  test('is refused beside truths of another shape', () => {
    const scores: ScoreTable = { dtype: 'float64', shape: [1, 2], data: Float64Array.of(0.1, 0.9) };
    for (const judge of [evaluateScores, accuracy, confusionMatrix]) {
      expect(() => judge(scores, targets)).toThrow(/\[clips, labels\], got \[1, 2\] and \[2, 2\]/);
    }
  });
});

describe('the normal quantile', () => {
  // Solved with 60 digits (mpmath) for the doubles that stand here, then rounded to doubles.
  test.each([
    [0.9, 1.2815515655446006],
    [0.975, 1.9599639845400538],
    [0.075, -1.439531470938456],
    [0.925, 1.4395314709384561],
    [0.9250001, 1.4395321773759004],
    [0.3, -0.5244005127080408],
    [1e-4, -3.7190164854556804],
    [0.999999, 4.753424308817087],
    [1e-10, -6.361340902404057],
    [1e-15, -7.941345326170997],
    [1e-100, -21.273453560965326],
    [1e-300, -37.0470962993612],
  ])('of %d is exact to the last places', (p, quantile) => {
    expect(Math.abs(normalQuantile(p) / quantile - 1)).toBeLessThan(quantileTolerance);
  });

  test('is 0 at one half and infinite at the ends', () => {
    expect([0, 0.5, 1].map(normalQuantile)).toEqual([-Infinity, 0, Infinity]);
    expect(dPrime(0.5)).toBe(0);
  });

  test.each([-0.1, 1.1, Number.NaN])('of %d is refused', (p) => {
    expect(() => normalQuantile(p)).toThrow(/from 0 to 1/);
  });
});

describe("several models' scores", () => {
  const [a, b] = [Float32Array.of(0.5, 0.25), Float64Array.of(1, 0.75)];

  test('are averaged, by weight where there are weights', () => {
    expect(Array.from(averageScores([a]))).toEqual([0.5, 0.25]);
    expect(Array.from(averageScores([a, b]))).toEqual([0.75, 0.5]);
    expect(Array.from(averageScores([a, b], [3, 1]))).toEqual([0.625, 0.375]);
    expect(Array.from(averageScores([a, b], [0, 5]))).toEqual([1, 0.75]);
  });

  test.each([
    ['none', [], undefined, /lengths of none/],
    ['scores of other lengths', [a, Float64Array.of(1)], undefined, /lengths 2, 1/],
    ['a weight too few', [a, b], [1], /expected 2 numbers/],
    ['a weight below 0', [a, b], [2, -1], /got 2, -1/],
    ['weights of 0', [a, b], [0, 0], /got 0, 0/],
    ['a weight that is NaN', [a, b], [1, Number.NaN], /got 1, NaN/],
  ])('are refused when they are %s', (_title, members, weights, message) => {
    expect(() => averageScores(members, weights)).toThrow(message);
  });
});

function expectEqual(value: number | undefined, expected: number | null | undefined): void {
  if (expected === null || value === undefined) expect(value ?? null).toBe(expected);
  else expect(Math.abs(value - expected!)).toBeLessThan(metricTolerance);
}
