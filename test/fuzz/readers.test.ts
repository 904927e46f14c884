// A short run of the fuzzer, the same each time, and all that ever failed. `npm run fuzz` runs for longer.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { corpusOf } from './corpus.js';
import { check } from './reader.js';
import { readers } from './readers.js';

const runs = 600;
const seed = 20260;

describe.each(readers.map((reader) => [reader.name, reader] as const))('%s', (name, reader) => {
  const known = corpusOf(name);
  if (known.length > 0) {
    test.each(known)('copes with %s, on which it once failed', async (_, bytes) => check(reader, bytes));
  }

  test('answers or refuses in time, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(reader.files, (bytes) => check(reader, bytes)),
      { numRuns: reader.runs ?? runs, seed },
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
