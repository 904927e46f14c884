import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { compileKernels } from '../kernel/compile.js';

test('the kernels are what their source compiles to', async () => {
  const kept = await readFile(new URL('../src/wasm/kernel-binary.ts', import.meta.url), 'utf8');
  expect(kept, '`npx tsx packages/backend-web/kernel/compile.ts` makes it anew').toBe(await compileKernels());
});
