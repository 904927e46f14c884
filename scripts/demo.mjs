// The main job on the bundled models: sound files in, their labels out.

import { readdirSync } from 'node:fs';
import { root, runOrExit, setUp } from './setup.mjs';

setUp();

for (const [model, ending] of [
  ['models/spoken-digits', '.wav'],
  ['models/ten-sounds', '.ogg'],
]) {
  const clips = readdirSync(`${root}/${model}/clips`).filter((name) => name.endsWith(ending));
  const files = clips.map((name) => `${model}/clips/${name}`);
  const args = ['classify', ...files, '--model', model, '--top-k', '1'];
  console.log(`\naudiozoo ${args.join(' ')}\n`);
  runOrExit(process.execPath, [`${root}/packages/cli/bin/audiozoo.js`, ...args]);
}
