// What every backend is asked in a page of Chromium. The page has the backend; here are the tests' names and numbers.

import { describeBackend } from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';
import {
  expectGolden,
  fixtures,
  goldenCases,
  inputTolerance,
  largestDifference,
  spokenDigits,
} from './golden-case.js';
import type { GoldenCase, goldenOutputs } from './pages/golden.js';
import type { logitsOfBoth } from './pages/waveform.js';

/**
 * Calls `conform` with the name of each test of the conformance suite; without each operation at its edges, if
 * `computes` is false: for what computes as another that all of them are asked of.
 */
export function describeConformance(
  conform: (name: string) => Promise<void>,
  { computes = true }: { readonly computes?: boolean } = {},
): void {
  const runner = {
    describe: (name: string, define: () => void) => {
      if (computes || name !== 'computes') describe(name, define);
    },
    test: (name: string) => test(name, () => conform(name)),
  };
  describeBackend(runner, () => {
    throw new Error('The backend is in the page.');
  });
}

/** What a page makes of official checkpoints, and of a model that hears sound itself. */
export interface ModelsInPage {
  golden(fixtures: string, example: GoldenCase): ReturnType<typeof goldenOutputs>;
  hear(directory: string): ReturnType<typeof logitsOfBoth>;
}

/** Real models in the page, against reference numbers. */
export function describeModels({ golden, hear }: ModelsInPage): void {
  test.each(goldenCases)('$name is what the official code makes of it', async (example) => {
    expectGolden(await golden(fixtures, example), example);
  });

  test('hears sound itself as it hears features', async () => {
    const { features, waveform } = await hear(spokenDigits);
    expect(largestDifference(waveform, features)).toBeLessThan(inputTolerance);
  });
}
