// The conformance suite on the kernels, in a process of whatever runtime runs this: prints what runs, and how many
// tests passed and failed. Plain JavaScript on what is built, which every runtime takes.

import { wasm } from '@audiozoo/backend-web/wasm';
import { weightsInMemory } from '@audiozoo/core/plugin';
import { conformanceCases } from '@audiozoo/core/testing';
import { runConformance } from './run-conformance.js';

const { model, weights } = conformanceCases.at(-1);
const loaded = await wasm({ threads: 2 }).load(model, weightsInMemory(weights), { config: undefined });
console.log(loaded.device);
await loaded.dispose();

console.log(await runConformance(() => wasm({ threads: 2 })));
