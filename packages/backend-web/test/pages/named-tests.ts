// The conformance suite in a page: its tests by name, to be called one by one from Node.

import type { Backend } from '@audiozoo/core';
import { type ConformanceOptions, describeBackend } from '@audiozoo/core/testing';

/** A function that runs one test of the suite on a backend. */
export function namedTests(
  makeBackend: () => Backend,
  options?: ConformanceOptions,
): (name: string) => Promise<void> {
  const tests = new Map<string, () => Promise<void>>();
  const runner = {
    describe: (_: string, define: () => void) => define(),
    test: (name: string, run: () => Promise<void>) => tests.set(name, run),
  };
  describeBackend(runner, makeBackend, options);
  return (name) => tests.get(name)!();
}
