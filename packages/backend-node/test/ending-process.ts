// Loads a model in threads, and ends while they do what is said: node … ending-process.ts WHEN. Nothing is disposed.

import { onnxruntimeNode } from '@audiozoo/backend-node';
import { deepInputs, deepModel, deepWeights, longBatch, shortBatch } from './deep-model.js';

const when = process.argv.at(-1);
const backend = onnxruntimeNode({ device: 'cpu', workers: 2, threads: 1 });
const load = () => backend.load(deepModel, deepWeights(), { config: undefined });

const loaded = await load();
await loaded.run(deepInputs(shortBatch));
console.log('ran');

/** Long enough for a run to have begun, and not to be done. */
const milliseconds = 30;
if (when === 'running' || when === 'failing') {
  const outcome = () => console.log('too late');
  for (let runs = 0; runs < 4; runs++) loaded.run(deepInputs(longBatch)).then(outcome, outcome);
  setTimeout(() => {
    if (when === 'failing') throw new Error('as it should');
    process.exit(3);
  }, milliseconds);
} else if (when === 'loading') {
  load().then(() => console.log('too late'));
  setTimeout(() => process.exit(3), milliseconds);
}
