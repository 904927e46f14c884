import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { binaryFile, compileProgram, type ProgramName, programs } from '../kernel/compile.js';
import { interpolationBinary } from '../src/interpolation-binary.js';
import { rowsBinary } from '../src/rows-binary.js';

/** Bytes that Chromium compiled there for years; later versions take more. */
const mainThreadLimit = 4096;
const binaries: Readonly<Record<ProgramName, string>> = {
  rows: rowsBinary,
  interpolation: interpolationBinary,
};

describe.each(Object.keys(programs) as ProgramName[])('the WebAssembly of kernel/%s.ts', (name) => {
  test('is what its source compiles to', async () => {
    expect(readFileSync(binaryFile(name), 'utf8')).toBe(await compileProgram(name));
  });

  test('is small enough to be compiled on a page’s main thread', () => {
    expect(Buffer.from(binaries[name], 'base64').length).toBeLessThanOrEqual(mainThreadLimit);
  });
});
