// Whether memory stays while one classifier hears clip after clip.
//
//   npm run build && node --expose-gc --import tsx bench/flat-memory.ts [--clips N] [--model DIR] [--workers N]

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { loadClassifier } from '@audiozoo/tasks';
import { readOptions, wholeNumber } from './command-line.js';
import { table } from './table.js';

const digits = join(import.meta.dirname, '../models/spoken-digits');
const usage = `Usage: node --expose-gc --import tsx bench/flat-memory.ts [options]
  --clips N     (10000)
  --model DIR   (models/spoken-digits)
  --workers N   of the backend (1)`;
const flags = readOptions(usage, {
  clips: { type: 'string', default: '10000' },
  model: { type: 'string', default: digits },
  workers: { type: 'string', default: '1' },
});
const clips = wholeNumber('clips', flags.clips, usage);
const workers = wholeNumber('workers', flags.workers, usage);
const steps = 10;
const mebibyte = 2 ** 20;

const folder = join(digits, 'clips');
const paths = (await readdir(folder)).map((name) => join(folder, name));
const classifier = await loadClassifier(flags.model, {
  models: [ast],
  backend: onnxruntimeNode({ device: 'cpu', workers }),
});
const rows = [['clips', 'resident MiB', 'heap MiB', 'outside of it MiB']];
const measure = (heard: number) => {
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  rows.push([`${heard}`, ...[rss, heapUsed, external].map((bytes) => (bytes / mebibyte).toFixed(1))]);
};
const every = Math.ceil(clips / steps);
for (let heard = 0; heard < clips; heard++) {
  if (heard % every === 0) measure(heard);
  await classifier.classify(paths[heard % paths.length]!);
}
measure(clips);
await classifier.dispose();
console.log(table(rows));
