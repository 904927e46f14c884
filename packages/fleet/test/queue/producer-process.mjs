// A producer in a process of its own, for tests to kill. What it is to do comes as JSON in its first argument. Plain JavaScript on
// the built packages, as the worker's.

import { connectQueue, runJob } from '@audiozoo/fleet/queue';
import { isDoneIn, jobOf, shardsOf } from './job.mjs';

/** @type {import('./tasks.js').ProducerTask} */
const { url, timings, mostShards, ...job } = JSON.parse(process.argv[2]);
const connection = await connectQueue(url, { timings });
const counts = await runJob(connection, {
  job: jobOf(job),
  shards: shardsOf(job),
  isDone: isDoneIn(job),
  mostShards,
  signal: new AbortController().signal,
  onWarning: (text) => process.stdout.write(`${text}\n`),
  onProgress: ({ done, outstanding }) => process.stdout.write(`${done} done, ${outstanding} outstanding\n`),
});
process.stdout.write(`${JSON.stringify(counts)}\n`);
await connection.close();
