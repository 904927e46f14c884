// A worker: takes shards of any job from the queue, does them by runners whose models stay loaded, and says what became of
// them. Whatever ends it, its shards are taken over.

import { randomBytes } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import { abortable } from '@audiozoo/core/plugin';
import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { isOfTheModel } from '../hearing/sound-error.js';
import type { ShardOutcome, ShardRunner } from '../job/shard-runner.js';
import type { QueueConnection } from './connection.js';
import type { FinishedShard } from './finished-shard.js';
import { isOver, type JobRecord, readJob, readStates, type StoredJob } from './job-record.js';
import { finishedKey, notesKey, queueName, refusalsKey } from './keys.js';
import { openRecentWork } from './recent-work.js';
import { openRunnerPool } from './runner-pool.js';
import { openShardNotes } from './shard-notes.js';
import { queueOptions } from './shard-queue.js';
import { readShardTask, type ShardTask } from './shard-task.js';
import { pause, within } from './waiting.js';
import { isWithin, pathOutside } from './within-roots.js';
import { sayAlive, sayGone } from './worker-record.js';

export interface WorkOptions {
  /** Folders that sounds and results must lie in, as absolute paths. */
  readonly roots: readonly string[];
  /**
   * Makes a runner for a job, and checks that the model is the job's. Where it throws, or the runner with an error of the model,
   * others may have the shard.
   */
  readonly createRunner: (job: JobRecord, options: { readonly signal: AbortSignal }) => Promise<ShardRunner>;
  /** Shards at a time, each in a runner of its own. Default 1. */
  readonly concurrency?: number | undefined;
  /** Seconds in which shards that have begun may end once the signal is aborted, before they are given back. Default 30. */
  readonly grace?: number | undefined;
  /** Seconds without a shard after which the worker ends; never without. */
  readonly idle?: number | undefined;
  /** Ends the worker, which is no failure. */
  readonly signal: AbortSignal;
  readonly onShard?: ((job: string, outcome: ShardOutcome) => void) | undefined;
  /** Told why shards are given back, and of what the queue refuses. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

/** What a worker has done. */
export interface WorkTotals {
  readonly shards: number;
  /** Sounds that were heard, and how long they are in seconds. */
  readonly clips: number;
  readonly seconds: number;
  /** Sounds that could not be heard. */
  readonly failed: number;
}

/** Errors of one shard, of any workers, after which it is given up. */
const mostErrors = 5;
/** Workers that one shard may end, while no sound of it can be blamed. */
const mostDeaths = 30;
/** Milliseconds that a runner has to end when it is told to. */
const leastEnd = 5000;

/** A shard that is being done. */
interface Running {
  readonly job: string;
  readonly stop: AbortController;
}

/** Why a shard is stopped. */
const drained = Symbol('drained');
const cancelled = Symbol('cancelled');

/** Works until the signal is aborted, or there is nothing to do for so long. Shards that have begun end first, or go back. */
export async function work(connection: QueueConnection, options: WorkOptions): Promise<WorkTotals> {
  const { client, timings } = connection;
  const { createRunner, concurrency = 1, grace = 30, idle, signal, onShard, onWarning } = options;
  const roots = options.roots.map((root) => resolve(root));
  const host = hostname();
  const name = `${host}/${process.pid}`;
  const id = `${name}/${randomBytes(4).toString('hex')}`;
  const running = new Map<string, Running>();
  const recent = openRecentWork();
  const totals = { shards: 0, clips: 0, seconds: 0, failed: 0 };
  const ending = new AbortController();
  const stop = AbortSignal.any([signal, ending.signal]);
  const runners = openRunnerPool(concurrency + 1, ({ record }) => begin(record));
  let state = 'working';
  let lastBusy = performance.now();
  let refusedInTurn = 0;

  /** A runner of a job. Nobody waits for its model once the worker is to end. */
  async function begin(record: JobRecord): Promise<ShardRunner> {
    const creating = createRunner(record, { signal: stop });
    try {
      return await abortable(creating, stop);
    } catch (error) {
      void creating.then((runner) => runner.dispose()).catch(() => {});
      throw error;
    }
  }

  async function doShard(task: Job, token: string | undefined): Promise<void> {
    const asked = readTask(task.data);
    const job = asked && (await readJob(client, asked.job));
    if (!asked || !job || job.hash !== asked.jobHash || isOver(job.state)) return; // nobody waits for it
    const stopping = new AbortController();
    running.set(task.id!, { job: asked.job, stop: stopping });
    try {
      await doAsked(asked, job, task, token, stopping.signal);
    } finally {
      running.delete(task.id!);
      lastBusy = performance.now();
    }
  }

  function readTask(data: unknown): ShardTask | undefined {
    try {
      return readShardTask(data);
    } catch (error) {
      onWarning?.(messageOf(error));
      return undefined;
    }
  }

  async function doAsked(
    { shard }: ShardTask,
    job: StoredJob,
    task: Job,
    token: string | undefined,
    stopped: AbortSignal,
  ): Promise<void> {
    const { record } = job;
    const outside = isWithin(record.out, roots) ? pathOutside(shard, roots) : record.out;
    if (outside !== undefined) throw await refuse(record.name, `${outside} lies in none of its roots`);

    const notes = await openShardNotes(client, record.name, shard.id, task.stalledCounter);
    if (task.stalledCounter > mostDeaths) {
      throw await giveUp(job, shard.id, `it has ended ${mostDeaths} workers, and no sound of it alone did`);
    }
    let outcome: ShardOutcome;
    let isBegun = false;
    try {
      outcome = await runners.use(job, (runner) => {
        isBegun = true;
        const { causes, onTry } = notes;
        return runner.run(shard, { signal: stopped, causes, ...(onTry && { onTry }) });
      });
    } catch (error) {
      await notes.absolve();
      if (stopped.reason === cancelled) return;
      if (stopped.reason === drained || (stop.aborted && !isBegun)) throw await giveBack(task, token);
      if (!isBegun || isOfTheModel(error)) throw await refuse(record.name, messageOf(error));
      if (isDiskFull(error)) {
        onWarning?.(`${record.out} cannot be written to, the disk is full: waiting for space`);
        rest(`the disk of ${record.out} is full`, () => hasSpace(record.out));
        throw await giveBack(task, token);
      }
      const errors = await client.hincrby(notesKey(record.name), `${shard.id}/errors`, 1);
      onWarning?.(`shard ${shard.id} of ${record.name} failed: ${messageOf(error)}`);
      if (errors >= mostErrors) throw await giveUp(job, shard.id, messageOf(error));
      throw new Error(messageOf(error)); // to the back of the queue
    }
    refusedInTurn = 0;
    await say(job, shard.id, { is: 'done', outcome, worker: name });
    const { clips, seconds, failed } = outcome;
    totals.shards += 1;
    totals.clips += clips;
    totals.seconds += seconds;
    totals.failed += failed;
    if (!outcome.wasThere) recent.add(record.name, { clips, seconds });
    onShard?.(record.name, outcome);
  }

  /** Leaves word for the producer, before the shard leaves the queue. */
  async function say({ record }: StoredJob, shard: string, finished: FinishedShard): Promise<void> {
    await client
      .pipeline()
      .hset(finishedKey(record.name), shard, JSON.stringify(finished))
      .hdel(notesKey(record.name), shard, `${shard}/errors`)
      .hdel(refusalsKey(record.name), name)
      .exec();
  }

  async function giveUp(job: StoredJob, shard: string, why: string): Promise<Error> {
    await say(job, shard, { is: 'given up', why, worker: name });
    return new UnrecoverableError(why);
  }

  /** To the front of the queue. */
  async function giveBack(task: Job, token: string | undefined): Promise<Error> {
    await task.moveToWait(token);
    return new WaitingError();
  }

  /** To the back of the queue, where others get it: this worker cannot do it. */
  async function refuse(job: string, why: string): Promise<Error> {
    await client.hset(refusalsKey(job), name, why.slice(0, 1000));
    onWarning?.(`${job} cannot be done here: ${why}`);
    refusedInTurn += 1;
    rest(`cannot do ${job}`, async () => true, timings.pause * Math.min(1, refusedInTurn / 10));
    return new Error(why);
  }

  const worker = new Worker(queueName, doShard, {
    ...queueOptions(client),
    name,
    concurrency,
    lockDuration: timings.shardLock,
    stalledInterval: timings.stalledInterval,
    maxStalledCount: Number.MAX_SAFE_INTEGER, // what ends workers is found here
    runRetryDelay: 1000,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  const told = new Set<string>();
  worker.on('error', (error) => {
    // Interruptions are told by the connection; a lock that is lost is a shard that another does.
    if (!/^(OOM|MISCONF|NOPERM|READONLY)/.test(error.message) || told.has(error.message)) return;
    told.add(error.message);
    onWarning?.(`${connection.address} refuses: ${error.message}`);
  });

  /** Takes no shards for a while, and until that is of use. */
  let isResting = false;
  function rest(why: string, isOfUse: () => Promise<boolean>, wait: number = timings.pause): void {
    if (isResting) return;
    isResting = true;
    state = why;
    void (async () => {
      await worker.pause(true);
      do await pause(wait, stop);
      while (!stop.aborted && !(await isOfUse()));
      state = 'working';
      isResting = false;
      if (!stop.aborted) await worker.resume();
    })();
  }

  async function beat(): Promise<void> {
    while (!stop.aborted) {
      await sayAlive(
        client,
        id,
        { host, pid: process.pid, slots: concurrency, state, rates: recent.rates() },
        timings.heartbeat,
      );
      const jobs = [...new Set([...running.values()].map(({ job }) => job))];
      const states = jobs.length > 0 ? await readStates(client, jobs) : new Map();
      for (const { job, stop } of running.values())
        if (states.get(job) === 'cancelled') stop.abort(cancelled);
      if (running.size > 0 || client.status !== 'ready') lastBusy = performance.now();
      if (idle !== undefined && performance.now() - lastBusy >= idle * 1000) ending.abort();
      await pause(timings.heartbeat, stop);
    }
  }

  const beating = beat().catch(() => ending.abort());
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve(), { once: true });
  });
  const closing = worker.close();
  const timer = setTimeout(() => {
    for (const { stop } of running.values()) stop.abort(drained);
  }, grace * 1000);
  // Where the queue is away, it finds out by itself that this worker is.
  await within(grace * 1000 + leastEnd, Promise.allSettled([closing, beating]));
  clearTimeout(timer);
  await runners.dispose();
  await within(
    1000,
    sayGone(client, id).catch(() => {}),
  );
  return totals;
}

/** Bytes that must be free before a worker writes again to a disk that was full. */
const leastFree = 16e6;

async function hasSpace(folder: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize >= leastFree;
  } catch {
    return true; // writing tells
  }
}

function isDiskFull(error: unknown): boolean {
  const { code, cause } = error as NodeJS.ErrnoException & { cause?: unknown };
  const { code: causeCode } = (cause ?? {}) as NodeJS.ErrnoException;
  const words = error instanceof Error ? error.message : '';
  return (
    [code, causeCode].some((name) => name === 'ENOSPC' || name === 'EDQUOT') ||
    /\b(ENOSPC|EDQUOT)\b/.test(words)
  );
}

function messageOf(error: unknown): string {
  if (AudiozooError.isInstance(error)) return error.message;
  return error instanceof Error ? error.message : String(error);
}
