// A producer in a process of its own, for tests to kill. What it is to do comes as JSON in its first argument.

import { connectQueue, type QueueTimings, runJob } from '@audiozoo/fleet/queue';
import { isDoneIn, jobOf, shardsOf, type TestJob } from './job.js';

export interface ProducerTask extends TestJob {
  readonly url: string;
  readonly timings: Partial<QueueTimings>;
  readonly mostShards?: number;
}

const { url, timings, mostShards, ...job } = JSON.parse(process.argv[2]!) as ProducerTask;
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
