// The conformance suite on the kernels, in a process of whatever runtime runs this: prints what runs, and how many
// tests passed and failed. Plain JavaScript on what is built, which every runtime takes.

import { wasm } from '@audiozoo/backend-web/wasm';
import { weightsInMemory } from '@audiozoo/core/plugin';
import { conformanceCases, describeBackend } from '@audiozoo/core/testing';

const tests = [];
const runner = {
  describe: (_, define) => define(),
  test: (name, run) => tests.push({ name, run }),
};
describeBackend(runner, () => wasm({ threads: 2 }));

const { model, weights } = conformanceCases.at(-1);
const loaded = await wasm({ threads: 2 }).load(model, weightsInMemory(weights), { config: undefined });
console.log(loaded.device);
await loaded.dispose();

let failed = 0;
for (const { name, run } of tests) {
  try {
    await run();
  } catch (error) {
    failed++;
    console.log(`failed: ${name}: ${error.message}`);
  }
}
console.log(`${tests.length - failed} passed, ${failed} failed`);
