// Fills this package with what onnxruntime-node has, as npm does before it packs it.

import { cpSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const original = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
const installed = JSON.parse(readFileSync(original, 'utf8')).version;
if (installed !== version) throw new Error(`${name} is ${version}, but onnxruntime-node is ${installed}.`);

// CUDA's libraries are there too, where the install script has run.
const isWanted = (path) => !/\.map$|_providers_/.test(path);
for (const folder of ['dist', 'bin']) {
  cpSync(join(dirname(original), folder), folder, { recursive: true, filter: isWanted });
}
