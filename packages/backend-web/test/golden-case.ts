// Reference numbers of the official code, shared with the tests of @audiozoo/ast.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '@audiozoo/core';
import { logitTolerance } from '@audiozoo/core/testing';
import { expect } from 'vitest';
import type { GoldenCase, goldenOutputs } from './pages/golden.js';

export const fixtures = join(import.meta.dirname, '../../ast/test/fixtures');

const wanted = ['commands_like_10_10_128', 'stride_16_16_legacy'];
const { cases } = JSON.parse(readFileSync(join(fixtures, 'ast/cases.json'), 'utf8')) as {
  cases: GoldenCase[];
};
export const goldenCases = cases.filter(({ name }) => wanted.includes(name));

/** Logits and embedding are those of the official code. */
export function expectGolden(
  outputs: Awaited<ReturnType<typeof goldenOutputs>>,
  { logits, embedding }: GoldenCase,
): void {
  const expected = (file: string) => [
    ...(readNpy(readFileSync(join(fixtures, 'ast', file))).data as Float32Array),
  ];
  expect(largestDifference(outputs.logits, expected(logits))).toBeLessThan(logitTolerance.float32);
  expect(largestDifference(outputs.embedding, expected(embedding))).toBeLessThan(logitTolerance.float32);
}

/** The largest absolute difference; infinite when lengths differ or one is NaN. */
export function largestDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  const largest = a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
  return Number.isNaN(largest) ? Number.POSITIVE_INFINITY : largest;
}
