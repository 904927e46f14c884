import type { QueueConnection } from './connection.js';
import { isOver, jobNames, readJob, setState, unknownJob } from './job-record.js';
import { openShardQueue } from './shard-queue.js';

/**
 * Takes the waiting shards of a job away; workers stop those that they have begun within seconds, and the producer ends.
 * Results stay, and the same command begins the job again. Returns how many shards waited. Throws an `argument` error when
 * there is no such job.
 */
export async function cancelJob(connection: QueueConnection, name: string): Promise<number> {
  const { client } = connection;
  const job = await readJob(client, name);
  if (!job) throw unknownJob(name, await jobNames(client));
  if (isOver(job.state)) return 0;
  await setState(client, name, 'cancelled');
  const queue = openShardQueue(connection);
  try {
    return await queue.removeWaiting(name);
  } finally {
    await queue.close();
  }
}
