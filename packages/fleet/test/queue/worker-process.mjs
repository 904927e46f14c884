// A worker in a process of its own, for tests to kill. What it is to do comes as JSON in its first argument. Plain JavaScript on
// the built packages, since it is begun again and again: from the sources each time takes twice as much of the processor.

import { access } from 'node:fs/promises';
import { connectQueue, work } from '@audiozoo/fleet/queue';
import { sleepingRunner } from './sleeping-runner.mjs';

/** @type {import('./tasks.js').WorkerTask} */
const { url, root, timings, sleep, fullDisk, ...options } = JSON.parse(process.argv[2]);
const ending = new AbortController();
process.once('SIGTERM', () => ending.abort());
const tell = (text) => process.stdout.write(`${text}\n`);

const beforeWrite = async () => {
  if (fullDisk === undefined) return;
  const isFull = await access(fullDisk).then(
    () => true,
    () => false,
  );
  if (isFull) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
};
const connection = await connectQueue(url, { timings, onWarning: tell });
tell('ready');
const totals = await work(connection, {
  ...options,
  roots: [root],
  createRunner: async (job) => sleepingRunner(job, { ...(sleep !== undefined && { sleep }), beforeWrite }),
  signal: ending.signal,
  onWarning: tell,
  onShard: (_, { clips }) => tell(`shard of ${clips}`),
});
tell(`done ${totals.shards}`);
await connection.close();
