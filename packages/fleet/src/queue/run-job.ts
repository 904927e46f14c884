// The producer of a job: hands its shards out, no more at a time than a small Redis holds, and hears what became of them.

import { AudiozooError } from '@audiozoo/core';
import { abortable } from '@audiozoo/core/plugin';
import type { Shard } from '../job/shard.js';
import type { ShardOutcome } from '../job/shard-runner.js';
import type { QueueConnection, RedisClient } from './connection.js';
import { readFinishedShard } from './finished-shard.js';
import { checkJobName } from './job-name.js';
import {
  countNames,
  endJob,
  type JobCounts,
  type JobRecord,
  openJob,
  readStates,
  setHandedOut,
} from './job-record.js';
import { finishedKey, jobKey, refusalsKey } from './keys.js';
import { lockProducer, type Producer, type ProducerLock } from './producer-lock.js';
import { openShardQueue, type ShardQueue } from './shard-queue.js';
import { taskId } from './shard-task.js';
import { openBell, pause, within } from './waiting.js';
import { readWorkers, summarizeWorkers } from './worker-record.js';

export interface RunJobOptions {
  readonly job: JobRecord;
  readonly shards: AsyncIterable<Shard>;
  /** Whether the results of a shard are in the job's folder. */
  readonly isDone: (shard: Shard) => Promise<boolean>;
  /** Shards of the job that are in the queue at a time. Default 256, or four for each shard that workers do at once. */
  readonly mostShards?: number | undefined;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: JobProgress) => void) | undefined;
  /** Told of what a person should know: workers that cannot do the job, another producer that may be dead. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

export interface JobProgress extends JobCounts {
  /** In the queue, and with workers. */
  readonly outstanding: number;
}

/** An outstanding shard. Times are of this process. */
interface HandedOut {
  readonly shard: Shard;
  /** Since when it is in no list, and no worker has said that it is done. */
  missingSince?: number | undefined;
  /** Since when a worker says that it is done, and no results can be seen. */
  unseenSince?: number | undefined;
  /** Times that it was handed out again because of that. */
  unseen: number;
}

/** In the queue at a time: of a minute each, and of some 100 kB. */
const usualMostShards = 256;
const shardsForEachSlot = 4;

/** So many looks pass before a shard counts as lost: folders of a network show late what is new. */
const looks = 5;
/** A shard that is done so often without results that can be seen is written to another folder. */
const mostUnseen = 3;

/**
 * Hands out the shards of a job until the results of all are there. Interrupted anyhow, the same call goes on. Throws an
 * `argument` error where the name is another job's, and `runtime` errors where another process hands the job out, where it is
 * cancelled, and where a shard can be done by nobody; the signal's reason when that is aborted.
 */
export async function runJob(connection: QueueConnection, options: RunJobOptions): Promise<JobCounts> {
  const { job, signal, onWarning } = options;
  checkJobName(job.name);
  const onWait = ({ host, pid }: Producer) =>
    onWarning?.(
      `process ${pid} of ${host} hands out the shards of ${job.name}, or is dead: waiting to see which`,
    );
  const lock = await lockProducer(connection, job.name, { signal, onWait });
  const queue = openShardQueue(connection);
  try {
    return await handOut(connection, queue, lock, options);
  } finally {
    // What cannot be said because the queue is away, it finds out by itself.
    await within(2000, Promise.allSettled([queue.close(), lock.release()]));
  }
}

async function handOut(
  { client, timings }: QueueConnection,
  queue: ShardQueue,
  lock: ProducerLock,
  { job, shards, isDone, mostShards, signal, onProgress, onWarning }: RunJobOptions,
): Promise<JobCounts> {
  const { name } = job;
  const { hash } = await openJob(client, job);
  const ending = new AbortController();
  const stop = AbortSignal.any([signal, ending.signal]);
  const outstanding = new Map<string, HandedOut>();
  const tally = openTally(client, name);
  const room = openBell();
  const news = openBell();
  let most = mostShards ?? usualMostShards;
  let isAllHandedOut = false;
  queue.onEnd(news.ring);

  const add = (shard: Shard) => queue.add({ job: name, jobHash: hash, shard });
  const settle = (id: string, outcome?: ShardOutcome) => {
    outstanding.delete(id);
    const { clips = 0, seconds = 0, failed = 0, workSeconds = 0 } = outcome ?? {};
    tally.add({ done: 1, clips, seconds, failed, workSeconds });
    room.ring();
  };

  async function feed(): Promise<void> {
    for await (const shard of shards) {
      stop.throwIfAborted();
      if (outstanding.has(shard.id)) continue;
      if (await isDone(shard)) {
        tally.add({ there: 1 });
        continue;
      }
      while (outstanding.size >= most) await room.rung(timings.sweep, stop);
      outstanding.set(shard.id, { shard, unseen: 0 });
      tally.add({ handedOut: 1 });
      await add(shard);
    }
    isAllHandedOut = true;
    await setHandedOut(client, name);
    news.ring();
  }

  async function watch(): Promise<void> {
    for (let look = 0; !isAllHandedOut || outstanding.size > 0; look++) {
      await news.rung(timings.sweep, stop);
      await takeFinished();
      await heedState();
      if (look % looks === 0) {
        await findLost();
        await hearWorkers();
      }
      await tally.save();
      onProgress?.({ ...tally.counts, outstanding: outstanding.size });
    }
  }

  /** What workers say is done is done once its results can be seen here. */
  async function takeFinished(): Promise<void> {
    const taken: string[] = [];
    for (const [id, text] of Object.entries(await client.hgetall(finishedKey(name)))) {
      const handed = outstanding.get(id);
      const finished = readFinishedShard(text);
      if (handed && finished?.is === 'given up') throw isGivenUp(name, id, finished);
      if (handed && finished?.is === 'done') {
        if (await isDone(handed.shard)) settle(id, finished.outcome);
        else if (!hasWaited((handed.unseenSince ??= performance.now()))) continue;
        else {
          handed.unseenSince = undefined;
          if (++handed.unseen >= mostUnseen) throw isElsewhere(job, id, finished.worker);
          await add(handed.shard);
        }
      }
      taken.push(id);
    }
    if (taken.length > 0) await client.hdel(finishedKey(name), ...taken);
  }

  /** A queue that was restarted may have forgotten what it was told last. */
  async function findLost(): Promise<void> {
    const missing = new Set(await queue.missing([...outstanding.keys()].map((id) => taskId(name, id))));
    for (const [id, handed] of outstanding) {
      if (!missing.has(taskId(name, id)) || handed.unseenSince !== undefined) {
        handed.missingSince = undefined;
      } else if (hasWaited((handed.missingSince ??= performance.now()))) {
        handed.missingSince = undefined;
        if (await isDone(handed.shard)) settle(id);
        else await add(handed.shard);
      }
    }
  }

  async function heedState(): Promise<void> {
    const state = (await readStates(client, [name])).get(name);
    if (state === 'cancelled') throw isCancelled(name);
    if (state === undefined) await openAnew();
  }

  /** The queue has lost all that it knew. Its shards are found to be missing by and by. */
  async function openAnew(): Promise<void> {
    await openJob(client, job);
    if (isAllHandedOut) await setHandedOut(client, name);
    tally.forget();
  }

  const refusals = new Set<string>();
  async function hearWorkers(): Promise<void> {
    const { slots } = summarizeWorkers(await readWorkers(client));
    if (mostShards === undefined) most = Math.max(usualMostShards, shardsForEachSlot * slots);
    for (const [worker, why] of Object.entries(await client.hgetall(refusalsKey(name)))) {
      const text = `worker ${worker} cannot do ${name}: ${why}`;
      if (!refusals.has(text)) onWarning?.(text);
      refusals.add(text);
    }
  }

  const hasWaited = (since: number) => performance.now() - since > looks * timings.sweep;

  async function keepLock(): Promise<void> {
    while (!ending.signal.aborted) {
      await pause(timings.producerLock / 3, stop);
      if (!ending.signal.aborted) await lock.renew();
    }
  }

  try {
    const work = Promise.all([feed(), watch()]).finally(() => ending.abort());
    await abortable(Promise.all([work, keepLock()]), signal);
  } finally {
    ending.abort();
  }
  await tally.save();
  await endJob(client, name, 'done');
  return tally.counts;
}

/** Counts, which the queue is told of now and then. */
function openTally(client: RedisClient, name: string) {
  const zeros = () =>
    Object.fromEntries(countNames.map((count) => [count, 0])) as Record<keyof JobCounts, number>;
  const counts = zeros();
  let unsaved = zeros();
  return {
    counts: counts as JobCounts,
    add(more: Partial<JobCounts>) {
      for (const [count, by] of Object.entries(more) as [keyof JobCounts, number][]) {
        counts[count] += by;
        unsaved[count] += by;
      }
    },
    /** The queue has none of it any more. */
    forget() {
      unsaved = { ...counts };
    },
    async save() {
      const pipeline = client.pipeline();
      for (const [count, by] of Object.entries(unsaved)) {
        if (by !== 0) pipeline.hincrbyfloat(jobKey(name), count, by);
      }
      unsaved = zeros();
      if (pipeline.length > 0) await pipeline.exec();
    },
  };
}

function isCancelled(name: string): AudiozooError {
  return new AudiozooError({
    code: 'runtime',
    what: `${name} was cancelled`,
    hint: 'What is done stays. The same command begins it again.',
  });
}

function isGivenUp(
  name: string,
  id: string,
  { why, worker }: { why: string; worker: string },
): AudiozooError {
  return new AudiozooError({
    code: 'runtime',
    what: `a shard of ${name} cannot be done`,
    got: `${why} (shard ${id}, worker ${worker})`,
    hint: 'The same command tries it again, and goes on with the others.',
  });
}

function isElsewhere({ name, out }: JobRecord, id: string, worker: string): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `worker ${worker} has done shard ${id} of ${name}, but its results are not in ${out}`,
    hint: 'The folder of results must be the same one on all machines, under the same path.',
    option: 'out',
  });
}
