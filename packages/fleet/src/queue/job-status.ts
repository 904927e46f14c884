// What a queue has to do, how fast that goes, and by whom: for people, and for what starts and stops machines.

import type { QueueConnection, RedisClient } from './connection.js';
import { isOver, type JobState, jobNames, readJob, unknownJob } from './job-record.js';
import { producerKey, refusalsKey } from './keys.js';
import { type Producer, readProducer } from './producer-lock.js';
import { openShardQueue } from './shard-queue.js';
import { taskIdPrefix } from './shard-task.js';
import { type Rate, readWorkers, summarizeWorkers, type WorkerRecord } from './worker-record.js';

export interface QueueStatus {
  readonly jobs: readonly JobStatus[];
  readonly workers: readonly WorkerRecord[];
}

export interface JobStatus {
  readonly name: string;
  readonly state: JobState;
  readonly out: string;
  /** Who hands its shards out; nobody without. */
  readonly producer?: Producer | undefined;
  /** `there` were done before the producer began. */
  readonly shards: {
    readonly waiting: number;
    readonly active: number;
    readonly done: number;
    readonly there: number;
  };
  /** Sounds that were heard since the producer began, and how long they are in seconds. */
  readonly clips: number;
  readonly seconds: number;
  /** Sounds that could not be heard. */
  readonly failed: number;
  /** In the last minutes, of all workers: clips a second, and how many times faster than real time. */
  readonly rate: Rate;
  /** What is in the queue and with workers, in seconds of one worker's work. */
  readonly backlogSeconds: number;
  /** Until the job is done, in seconds, by the workers that are alive; undefined while more is to come, or nobody works. */
  readonly secondsLeft?: number | undefined;
  /** By worker: why it cannot do the job. */
  readonly refusals: Readonly<Record<string, string>>;
}

/** What shards are cut to, until it is known how long they take. */
const usualShardWork = 60;

/** The status of one job, or of all that the queue remembers. Throws an `argument` error when there is none of that name. */
export async function readStatus(connection: QueueConnection, name?: string): Promise<QueueStatus> {
  const { client } = connection;
  const queue = openShardQueue(connection);
  try {
    const [names, workers, lists] = await Promise.all([jobNames(client), readWorkers(client), queue.list()]);
    const wanted = name === undefined ? names : names.filter((one) => one === name);
    if (name !== undefined && wanted.length === 0) throw unknownJob(name, names);
    const jobs: JobStatus[] = [];
    const summary = summarizeWorkers(workers);
    for (const one of wanted) {
      const ofJob = (ids: readonly string[]) => ids.filter((id) => id.startsWith(taskIdPrefix(one))).length;
      const counts = { waiting: ofJob(lists.waiting), active: ofJob(lists.active) };
      const status = await jobStatus(client, one, counts, summary);
      if (status) jobs.push(status);
    }
    return { jobs, workers: [...workers.values()] };
  } finally {
    await queue.close();
  }
}

async function jobStatus(
  client: RedisClient,
  name: string,
  { waiting, active }: { readonly waiting: number; readonly active: number },
  { alive, slots, rates }: ReturnType<typeof summarizeWorkers>,
): Promise<JobStatus | undefined> {
  const [job, holder, refusals] = await Promise.all([
    readJob(client, name),
    client.get(producerKey(name)),
    client.hgetall(refusalsKey(name)),
  ]);
  if (!job) return undefined;
  const { record, state, counts } = job;
  const { there, done, clips, seconds, failed, workSeconds } = counts;
  const producer = readProducer(holder);
  const shardWork = workSeconds > 0 ? workSeconds / done : usualShardWork;
  const workLeft = isOver(state) ? 0 : (waiting + active) * shardWork;
  return {
    name,
    state,
    out: record.out,
    ...(producer && { producer: { host: producer.host, pid: producer.pid } }),
    shards: { waiting, active, done, there },
    clips,
    seconds,
    failed,
    rate: rates.get(name) ?? { clips: 0, sound: 0 },
    backlogSeconds: alive > 0 ? (workLeft * alive) / slots : workLeft,
    ...(state === 'handed out' && slots > 0 && { secondsLeft: workLeft / slots }),
    refusals,
  };
}
