// The conformance suite without a test runner, for runtimes that have none. Plain JavaScript on what is built.

import { describeBackend } from '@audiozoo/core/testing';

/**
 * Prints what fails; resolves to what scripts that check count: `N passed, N failed`.
 *
 * @param {() => import('@audiozoo/core').Backend} createBackend
 * @returns {Promise<string>}
 */
export async function runConformance(createBackend) {
  const tests = [];
  const runner = {
    describe: (_, define) => define(),
    test: (name, run) => tests.push({ name, run }),
  };
  describeBackend(runner, createBackend);
  let failed = 0;
  for (const { name, run } of tests) {
    try {
      await run();
    } catch (error) {
      failed++;
      console.log(`failed: ${name}: ${error.message}`);
    }
  }
  return `${tests.length - failed} passed, ${failed} failed`;
}
