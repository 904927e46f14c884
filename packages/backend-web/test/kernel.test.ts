import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { compileKernels } from '../kernel/compile.js';

test('the kernels are what their source compiles to', async () => {
  const { source, relaxed } = await compileKernels();
  const advice = '`npx tsx packages/backend-web/kernel/compile.ts` makes it anew';
  const kept = await readFile(new URL('../src/wasm/kernel-binary.ts', import.meta.url), 'utf8');
  expect(kept === source, advice).toBe(true);
  const module = await readFile(new URL('../kernels.wasm', import.meta.url));
  expect(module.equals(relaxed), advice).toBe(true);
});
