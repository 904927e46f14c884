import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { compileKernels } from '../kernel/compile.js';

describe('the kernels', () => {
  it('are what their source compiles to', async () => {
    const kept = await readFile(new URL('../src/wasm/kernel-binary.ts', import.meta.url), 'utf8');
    expect(kept).toBe(await compileKernels());
  });
});
