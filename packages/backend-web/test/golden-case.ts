// Reference numbers of the official code, shared with the tests of @audiozoo/ast.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '@audiozoo/core';
import { logitTolerance } from '@audiozoo/core/testing';
import { expect } from 'vitest';
import { type GoldenCase, goldenNames, type goldenOutputs } from './pages/golden.js';

export const fixtures = join(import.meta.dirname, '../../ast/test/fixtures');
export const spokenDigits = join(import.meta.dirname, '../../../models/spoken-digits');

/** Between logits from features that were computed in float64, and from sound in float32. */
export const inputTolerance = 1e-3;

const wanted = ['commands_like_10_10_128', 'stride_16_16_legacy'];
const { cases } = JSON.parse(readFileSync(join(fixtures, 'ast/cases.json'), 'utf8')) as {
  cases: GoldenCase[];
};
export const goldenCases: readonly GoldenCase[] = cases.filter(({ name }) => wanted.includes(name));

/** All that there are reference numbers of is that of the official code. */
export function expectGolden(outputs: Awaited<ReturnType<typeof goldenOutputs>>, example: GoldenCase): void {
  const computed = new Map(outputs);
  for (const name of goldenNames) {
    const file = example[name];
    if (file === undefined) continue;
    const expected = readNpy(readFileSync(join(fixtures, 'ast', file))).data as Float32Array;
    const got = computed.get(name)!.slice(0, expected.length); // attention may be of the first clips only
    expect(largestDifference(got, expected), name).toBeLessThan(logitTolerance.float32);
  }
}

/** The largest absolute difference; infinite when lengths differ or one is NaN. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let index = 0; index < a.length; index++) {
    largest = Math.max(largest, Math.abs(a[index]! - b[index]!));
  }
  return Number.isNaN(largest) ? Number.POSITIVE_INFINITY : largest;
}
