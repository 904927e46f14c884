// The suite that every backend passes, whoever wrote it and whatever it runs on.

import type { Backend } from '../backend/backend.js';
import { weightsInMemory } from '../model-directory/weights.js';
import { arithmeticCases } from './arithmetic-cases.js';
import { assertClose } from './assert.js';
import { backendBehaviors } from './backend-behaviors.js';
import type { ConformanceCase } from './conformance-case.js';
import { convolutionCases } from './convolution-cases.js';
import { layoutCases } from './layout-cases.js';
import { lengthCases } from './length-cases.js';
import { referenceBackend } from './reference-backend.js';
import { operationTolerance } from './tolerances.js';
import { transformerCase } from './transformer-case.js';

/** Every operation at its edges, then all of them together. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...arithmeticCases,
  ...convolutionCases,
  ...layoutCases,
  ...lengthCases,
  transformerCase,
];

/** The two functions that a test runner is known by: vitest's, Jest's, `node:test`'s. */
export interface TestRunner {
  describe(name: string, define: () => void): unknown;
  test(name: string, run: () => Promise<void>): unknown;
}

export interface ConformanceOptions {
  /** How far results may be off, as a share of `max(1, largest expected magnitude)`; float32's when absent. */
  readonly tolerance?: number;
}

/**
 * Declares the conformance suite for one backend (on one device): each operation at its edges against
 * plain loops in float64, then loading, running, batches, aborting, disposing and errors.
 *
 * ```ts
 * import { describeBackend } from '@audiozoo/core/testing';
 * import { describe, test } from 'vitest';
 * import { myBackend } from '../src/index.js';
 *
 * describeBackend({ describe, test }, () => myBackend({ device: 'cpu' }));
 * ```
 */
export function describeBackend(
  { describe, test }: TestRunner,
  makeBackend: () => Backend,
  { tolerance = operationTolerance.float32 }: ConformanceOptions = {},
): void {
  describe('computes', () => {
    for (const example of conformanceCases) {
      test(example.name, () => runConformanceCase(makeBackend(), example, { tolerance }));
    }
  });
  describe('behaves', () => {
    for (const { name, check } of backendBehaviors) {
      test(name, () => check(makeBackend(), tolerance));
    }
  });
}

/**
 * One case on one backend: throws a plain Error when batches of 1 and 3 do not match the reference. Of a case of several
 * lengths each is tried where the backend can load a model for any, and the longest on one that it loads for that alone.
 */
export async function runConformanceCase(
  backend: Backend,
  example: ConformanceCase,
  { tolerance = operationTolerance.float32 }: ConformanceOptions = {},
): Promise<void> {
  await compare(backend, example, tolerance, {});
  if (example.lengths && backend.anyLength) await compare(backend, example, tolerance, { anyLength: true });
}

async function compare(
  backend: Backend,
  { model, weights, lengths = [], inputs }: ConformanceCase,
  tolerance: number,
  { anyLength = false },
): Promise<void> {
  const load = (on: Backend) => on.load(model, weightsInMemory(weights), { config: undefined, anyLength });
  const oracle = await load(referenceBackend());
  const loaded = await load(backend);
  try {
    for (const batch of [1, 3]) {
      for (const length of anyLength ? lengths : [undefined]) {
        const expected = await oracle.run(inputs(batch, length));
        assertClose(await loaded.run(inputs(batch, length)), expected, tolerance);
      }
    }
  } finally {
    await loaded.dispose();
  }
}
