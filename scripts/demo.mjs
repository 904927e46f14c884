// The main job on the bundled model: eleven sound files in, their labels out.

import { readdirSync } from 'node:fs';
import { root, runOrExit, setUp } from './setup.mjs';

setUp();

const model = 'models/spoken-digits';
const clips = readdirSync(`${root}/${model}/clips`).filter((name) => name.endsWith('.wav'));
const args = ['classify', ...clips.map((name) => `${model}/clips/${name}`), '--model', model, '--top-k', '1'];

console.log(`\naudiozoo ${args.join(' ')}\n`);
runOrExit(process.execPath, [`${root}/packages/cli/bin/audiozoo.js`, ...args]);
