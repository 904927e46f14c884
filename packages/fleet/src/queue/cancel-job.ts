import type { QueueConnection } from './connection.js';
import { endJob, jobNames, readJob, unknownJob } from './job-record.js';
import { openShardQueue } from './shard-queue.js';

/**
 * Takes the waiting shards of a job away; workers stop those that they have begun within seconds, and the producer ends.
 * Results stay, and the same command begins the job again. Returns how many shards waited; undefined where the job was over
 * already. Throws an `argument` error when there is no such job.
 */
export async function cancelJob(connection: QueueConnection, name: string): Promise<number | undefined> {
  const { client } = connection;
  if (!(await readJob(client, name))) throw unknownJob(name, await jobNames(client));
  if (!(await endJob(client, name, 'cancelled'))) return undefined;
  const queue = openShardQueue(connection);
  try {
    return await queue.removeWaiting(name);
  } finally {
    await queue.close();
  }
}
