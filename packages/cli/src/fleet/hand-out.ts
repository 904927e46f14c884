// Shards go to workers of other processes and machines.

import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { isShardDone, type Shard } from '@audiozoo/fleet';
import { isFolder } from '../input/path.js';
import type { Session } from '../session/session.js';
import type { JobWatch } from './job-progress.js';
import type { ShardOrder } from './shard-work.js';

/** Hands shards out under the name of a job, until the results of all are in the folder. */
export async function handOut(
  shards: AsyncIterable<Shard>,
  address: string,
  {
    order: { settings, folder },
    versions,
  }: { readonly order: ShardOrder; readonly versions: Readonly<Record<string, string>> },
  name: string | undefined,
  watch: JobWatch,
  session: Session,
): Promise<void> {
  const { connectQueue, queuePatience, runJob } = await import('@audiozoo/fleet/queue');
  const { signal, warn: onWarning } = session;
  const out = resolve(folder);
  const { model, format, shardSeconds } = settings;
  const place = (await isFolder(model.name)) ? resolve(model.name) : model.name;
  const job = {
    name: name ?? nameOf(out),
    settings: { ...settings, model: { ...model, name: place } },
    ...{ out, versions },
  };
  const connection = await connectQueue(address, { signal, onWarning, patience: queuePatience });
  try {
    session.note(`${job.name} at ${connection.address}: waiting for workers to do it`);
    watch.onShard(0, undefined); // the clock runs
    await runJob(connection, {
      ...{ job, shards, signal, onWarning },
      isDone: ({ id }) => isShardDone(out, id, format),
      onProgress({ done, there, clips, failed, seconds }) {
        const secondsDone = (done + there) * shardSeconds;
        Object.assign(watch.state, { shards: done, shardsThere: there, clips, failed, seconds, secondsDone });
      },
    });
  } finally {
    await connection.close();
  }
}

/** The folder's name, and what tells it from others of that name. */
function nameOf(out: string): string {
  const words = basename(out)
    .replaceAll(/[^\w.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  return `${words.slice(0, 60) || 'job'}-${createHash('sha256').update(out).digest('hex').slice(0, 6)}`;
}
