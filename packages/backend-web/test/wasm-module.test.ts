// The kernels as a module that is compiled already. The conformance suite on them scripts/check-runtimes.ts runs, in workerd.

import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { wasm } from '@audiozoo/backend-web/wasm';
import { weightsInMemory } from '@audiozoo/core/plugin';
import { conformanceCases } from '@audiozoo/core/testing';
import { expect, test } from 'vitest';

// Node 20 has relaxed SIMD behind a flag.
setFlagsFromString('--experimental-wasm-relaxed-simd');
const kernels = await WebAssembly.compile(await readFile(new URL('../kernels.wasm', import.meta.url)));

const load = (options: Parameters<typeof wasm>[0]) => {
  const { model, weights } = conformanceCases.at(-1)!;
  return wasm(options).load(model, weightsInMemory(weights), { config: undefined });
};

test('a compiled module computes in the thread of the caller what it computes in a worker', async () => {
  const { inputs } = conformanceCases.at(-1)!;
  const [here, there] = [await load({ kernels, threads: 2 }), await load({ threads: 1 })];
  expect(here.device).toMatch(/relaxed SIMD, 1 thread: that of the caller\)$/);
  expect(await here.run(inputs(2))).toEqual(await there.run(inputs(2)));
  await here.dispose();
  await expect(here.run(inputs(2))).rejects.toMatchObject({ code: 'disposed' });
  await there.dispose();
});

test('what are no kernels is refused', async () => {
  const empty = await WebAssembly.compile(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  expect(() => wasm({ kernels: empty })).toThrow(/kernels\.wasm, got a module that exports nothing/);
  expect(() => wasm({ kernels: {} as WebAssembly.Module })).toThrow(/no kernels.*kernels\.wasm/);
});
