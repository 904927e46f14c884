import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import {
  cancelJob,
  connectQueue,
  type QueueConnection,
  readStatus,
  runJob,
  statusMetrics,
  work,
} from '@audiozoo/fleet/queue';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hasRedis, startRedis, type TestRedis } from '../../../../testing/redis.js';
import { isDoneIn, jobOf, readResults, shardOf, shardsOf } from './job.mjs';
import { quickTimings } from './quick-timings.js';
import { sleepingRunner } from './sleeping-runner.mjs';
import type { TestJob } from './tasks.js';

describe.skipIf(!hasRedis)('a queue (needs Redis)', () => {
  let redis: TestRedis;
  let folder: string;
  let connection: QueueConnection;
  let ending: AbortController;
  let workers: Promise<unknown>[];
  let warnings: string[];

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'audiozoo-test-queue-'));
    connection = await connectQueue(redis.url, { timings: quickTimings });
    await connection.client.flushall();
    ending = new AbortController();
    workers = [];
    warnings = [];
  });
  afterEach(async () => {
    ending.abort();
    await Promise.all(workers);
    await connection.close();
    await rm(folder, { recursive: true });
  });

  const startWork = (more: Partial<Parameters<typeof work>[1]> = {}) => {
    const working = work(connection, {
      roots: [folder],
      createRunner: async (job) => sleepingRunner(job),
      signal: ending.signal,
      onWarning: (text) => warnings.push(text),
      ...more,
    });
    workers.push(working);
    return working;
  };
  const run = (job: TestJob, more: Partial<Parameters<typeof runJob>[1]> = {}) =>
    runJob(connection, {
      job: jobOf(job),
      shards: shardsOf(job),
      isDone: isDoneIn(job),
      signal: ending.signal,
      onWarning: (text) => warnings.push(text),
      ...more,
    });
  const until = async (isSo: () => boolean | Promise<boolean>) => {
    while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  test('holds no more shards of a job than it may', async () => {
    const job = { name: 'bounded', folder, shards: 60, sounds: 1 };
    let most = 0;
    startWork({ concurrency: 3 });
    const watching = new AbortController();
    const watched = (async () => {
      while (!watching.signal.aborted) {
        const [one] = (await readStatus(connection)).jobs;
        if (one) most = Math.max(most, one.shards.waiting + one.shards.active);
      }
    })();
    const counts = await run(job, { mostShards: 7 });
    watching.abort();
    await watched;
    expect(counts.done).toBe(60);
    expect(most).toBeGreaterThan(3);
    expect(most).toBeLessThanOrEqual(7);
  });

  test('does jobs of several producers, and ends a worker that has had nothing to do', async () => {
    const jobs = ['one', 'two'].map((name) => ({ name, folder, shards: 10, sounds: name.length }));
    const working = startWork({ concurrency: 2, idle: 0.5 });
    await Promise.all(jobs.map((job) => run(job)));
    expect(await working).toEqual({ shards: 20, clips: 60, seconds: 60, failed: 0 });
    expect((await readResults({ folder })).runs).toBe(20);
    expect((await readStatus(connection)).workers).toEqual([]);
  });

  test('refuses another job under the name of one that is not over', async () => {
    const job = { name: 'taken', folder, shards: 3, sounds: 1 };
    const stopped = new AbortController();
    const first = run(job, { signal: stopped.signal });
    await until(async () => (await readStatus(connection)).jobs.length === 1);
    stopped.abort(new Error('stopped'));
    await expect(first).rejects.toThrow('stopped');
    const other = jobOf({ ...job, folder: join(folder, 'other') });
    await expect(run(job, { job: other })).rejects.toThrow(
      /a job taken with another out: expected .*got .*other/,
    );
    const wanted = jobOf(job);
    const settings = { ...wanted.settings, scores: { kind: 'all' } as const };
    await expect(run(job, { job: { ...wanted, settings } })).rejects.toThrow('with another scores');
    startWork();
    await run(job);
    await run(job, { job: { ...wanted, settings } }); // that one is over
  });

  test('tells the producer why workers cannot do its job, and lets others do it', async () => {
    const job = { name: 'refused', folder, shards: 4, sounds: 1 };
    const noModel = async () => {
      throw new Error('there is no such model here');
    };
    startWork({ createRunner: noModel });
    startWork({ roots: [join(folder, 'elsewhere')] });
    const running = run(job);
    await until(() =>
      [/cannot do refused: there is no such model/, /cannot do refused: .* none of its roots/].every((why) =>
        why.test(warnings.join()),
      ),
    );
    startWork({ createRunner: async (record) => sleepingRunner(record) });
    expect((await running).done).toBe(4);
    expect(warnings.join()).toMatch(/worker .* cannot do refused: there is no such model here/);
  });

  test('gives nothing up because of a worker whose model does not get ready', async () => {
    const job = { name: 'unready', folder, shards: 2, sounds: 1 };
    let tries = 0;
    const fail = async () => {
      tries++;
      throw new AudiozooError({ code: 'runtime', what: 'no memory for it', details: { isReady: false } });
    };
    startWork({ createRunner: async (record) => ({ ...sleepingRunner(record), run: fail }) });
    const running = run(job);
    await until(() => tries > 10); // five errors of a shard would have been too many
    startWork();
    expect((await running).done).toBe(2);
    expect(warnings.join()).toMatch(/worker .* cannot do unready: no memory for it/);
  });

  test('has a shard back at once from a worker that is to end while it waits for the model', async () => {
    const job = { name: 'downloading', folder, shards: 1, sounds: 1 };
    const waiting = new AbortController();
    let isAsked = false;
    const createRunner = async () => {
      isAsked = true;
      return new Promise<never>(() => {});
    };
    const working = work(connection, { roots: [folder], createRunner, signal: waiting.signal });
    const running = run(job);
    await until(() => isAsked);
    const told = performance.now();
    waiting.abort();
    expect(await working).toMatchObject({ shards: 0 });
    expect(performance.now() - told).toBeLessThan(5000); // not the 30 seconds of its grace
    const [status] = (await readStatus(connection)).jobs;
    expect(status).toMatchObject({ shards: { waiting: 1, active: 0 }, refusals: {} });
    startWork();
    expect((await running).done).toBe(1);
  });

  test('cancels a job though its last shard is handed out at that moment, and once only', async () => {
    const job = { name: 'last', folder, shards: 3, sounds: 1 };
    let removed: number | undefined;
    const running = run(job, {
      shards: (async function* () {
        yield* shardsOf(job);
        removed = await cancelJob(connection, 'last');
      })(),
    });
    await expect(running).rejects.toThrow('last was cancelled');
    expect(removed).toBe(3);
    expect((await readStatus(connection)).jobs[0]!.state).toBe('cancelled');
    expect(await cancelJob(connection, 'last')).toBeUndefined();
  });

  test('gives a shard up that fails again and again, and says why', async () => {
    const job = { name: 'broken', folder, shards: 2, sounds: 1 };
    const beforeWrite = async () => {
      throw new Error('the folder burns');
    };
    startWork({ createRunner: async (record) => sleepingRunner(record, { beforeWrite }) });
    await expect(run(job)).rejects.toThrow(/a shard of broken cannot be done: got the folder burns/);
  });

  test('is not steered by what strangers put into it', async () => {
    const job = { name: 'strange', folder, shards: 2, sounds: 1 };
    const outside = shardOf({ ...job, folder: `${folder}/..` }, 0);
    const asked: string[] = [];
    startWork({
      createRunner: async (record) => {
        const runner = sleepingRunner(record);
        return {
          ...runner,
          run(shard, options) {
            asked.push(...shard.entries.map(({ source }) => source));
            return runner.run(shard, options);
          },
        };
      },
    });
    const { Queue } = await import('bullmq');
    const queue = new Queue('shards', { connection: connection.client, prefix: '{audiozoo}' });
    const running = run(job, {
      shards: (async function* () {
        yield outside;
        yield* shardsOf(job);
      })(),
    });
    const ended = expect(running).rejects.toThrow('was cancelled');
    await queue.add('x', { job: '../x', shard: 5 });
    await queue.add('x', 'a text');
    await queue.add('x', {
      job: 'strange',
      jobHash: 'b'.repeat(64),
      shard: { ...shardOf(job, 1), id: 'f'.repeat(32) },
    });
    await queue.add('x', { job: 'strange', jobHash: 'b'.repeat(64), shard: shardOf(job, 1) });
    await until(
      async () =>
        (await readResults(job)).runs === 2 && warnings.join().includes('lies in none of its roots'),
    );
    await cancelJob(connection, 'strange');
    await ended;
    expect(asked).toEqual([0, 1].map((number) => shardOf(job, number).entries[0]!.source));
    await queue.close();
  });

  test('says what is to do, how fast that goes, and by whom', async () => {
    const job = { name: 'counted', folder, shards: 6, sounds: 10 };
    let isHeld = true;
    const beforeWrite = () => until(() => !isHeld);
    const running = run(job);
    await until(async () => (await readStatus(connection)).jobs[0]?.shards.waiting === 6);
    expect((await readStatus(connection)).jobs[0]).toMatchObject({
      state: 'handed out',
      backlogSeconds: 360,
    });
    startWork({ concurrency: 2, createRunner: async (record) => sleepingRunner(record, { beforeWrite }) });
    await until(async () => (await readStatus(connection)).jobs[0]?.shards.active === 2);
    const status = await readStatus(connection, 'counted');
    expect(status.jobs[0]).toMatchObject({
      producer: { pid: process.pid },
      shards: { waiting: 4, active: 2, done: 0, there: 0 },
      backlogSeconds: 180,
      secondsLeft: 180,
    });
    expect(status.workers).toMatchObject([{ pid: process.pid, slots: 2, state: 'working' }]);
    expect(statusMetrics(status)).toContain('audiozoo_backlog_seconds{job="counted"} 180\n');
    isHeld = false;
    await running;
    await until(async () => (await readStatus(connection)).jobs[0]!.rate.clips > 0);
    const [over] = (await readStatus(connection)).jobs;
    expect(over).toMatchObject({ state: 'done', clips: 60, seconds: 60, backlogSeconds: 0 });
    await expect(readStatus(connection, 'other')).rejects.toThrow('no job other: expected counted');
  });

  test('does not say passwords, and says what is wrong', async () => {
    const locked = await startRedis([
      ['requirepass', 'right'],
      ['maxmemory', '100mb'],
      ['maxmemory-policy', 'allkeys-lru'],
    ]);
    try {
      const { port } = locked;
      await expect(connectQueue(`redis://:wrong@127.0.0.1:${port}`)).rejects.toThrow(
        new RegExp(`^(?!.*wrong@).*the queue at redis://127.0.0.1:${port} lets nobody in`),
      );
      await expect(connectQueue(`redis://127.0.0.1:${port}`)).rejects.toThrow('lets nobody in');
      const told: string[] = [];
      const open = await connectQueue(`redis://:right@127.0.0.1:${port}`, {
        onWarning: (text) => told.push(text),
      });
      await open.close();
      expect(told.join()).toContain('allkeys-lru');
    } finally {
      await locked.stop();
    }
    await expect(connectQueue(`redis://127.0.0.1:${locked.port}`, { patience: 0.2 })).rejects.toThrow(
      /no queue answers at .*ECONNREFUSED/,
    );
  });
});
