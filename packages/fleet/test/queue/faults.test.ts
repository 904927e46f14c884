import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  cancelJob,
  connectQueue,
  type QueueConnection,
  readStatus,
  runJob,
  work,
} from '@audiozoo/fleet/queue';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasRedis, startRedis, type TestRedis } from '../../../../testing/redis.js';
import { isDoneIn, jobOf, readResults, shardOf, shardsOf } from './job.mjs';
import { startProducer, startWorker, type TestProcess } from './processes.js';
import { sleepingRunner } from './sleeping-runner.mjs';
import type { TestJob } from './tasks.js';

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** So short that faults are over within seconds. */
const timings = {
  shardLock: 1000,
  stalledInterval: 500,
  producerLock: 2000,
  sweep: 100,
  heartbeat: 200,
  pause: 300,
};

describe.skipIf(!hasRedis)('a job on many machines (needs Redis)', () => {
  let redis: TestRedis;
  let folder: string;
  let connection: QueueConnection;
  let processes: TestProcess[];

  beforeEach(async () => {
    redis = await startRedis();
    folder = await mkdtemp(join(tmpdir(), 'audiozoo-test-queue-'));
    connection = await connectQueue(redis.url, { timings });
    processes = [];
  });
  afterEach(async () => {
    for (const { child, ended } of processes) {
      child.kill('SIGKILL');
      await ended;
    }
    await connection.close();
    await redis.stop();
    await rm(folder, { recursive: true });
  });

  const worker = (options: Partial<Parameters<typeof startWorker>[0]> = {}, clock = 0) => {
    const started = startWorker({ url: redis.url, root: folder, timings, sleep: 5, ...options }, { clock });
    processes.push(started);
    return started;
  };
  const producer = (job: TestJob) => {
    const started = startProducer({ url: redis.url, timings, ...job });
    processes.push(started);
    return started;
  };
  const run = (job: TestJob, more: Partial<Parameters<typeof runJob>[1]> = {}) =>
    runJob(connection, {
      job: jobOf(job),
      shards: shardsOf(job),
      isDone: isDoneIn(job),
      signal: new AbortController().signal,
      ...more,
    });
  const expectAll = async (job: TestJob) => {
    const { results, lines } = await readResults(job);
    expect(results.size).toBe(job.shards * job.sounds);
    expect(lines).toBe(job.shards * job.sounds);
  };

  test('is done by all workers, each shard once, whatever their clocks say', async () => {
    const job = { name: 'three', folder, shards: 40, sounds: 5 };
    const workers = [worker({}, 3_600_000), worker({}, -3_600_000), worker()];
    await Promise.all(workers.map((one) => one.says(/ready/)));
    const counts = await run(job);
    expect(counts).toMatchObject({ there: 0, handedOut: 40, done: 40, clips: 200, failed: 0 });
    await expectAll(job);
    expect((await readResults(job)).runs).toBe(40);
    for (const one of workers) expect(one.said()).toContain('shard of 5');
  });

  test('goes on where a worker was killed, with each result once', async () => {
    const job = { name: 'killed', folder, shards: 12, sounds: 10 };
    const victim = worker({ sleep: 50 });
    const running = run(job);
    await victim.says(/shard of/);
    victim.child.kill('SIGKILL');
    worker();
    await running;
    await expectAll(job);
  });

  test('waits while Redis is away, and loses nothing', async () => {
    const job = { name: 'away', folder, shards: 30, sounds: 10 };
    const one = worker({ sleep: 10 });
    const running = run(job);
    await one.says(/shard of/);
    await redis.kill();
    await one.says(/is away/);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await redis.start();
    await running;
    await expectAll(job);
    expect(one.said()).toContain('is back');
  });

  test('hands out again what Redis has forgotten', async () => {
    const job = { name: 'forgotten', folder, shards: 8, sounds: 2 };
    const running = run(job);
    await until(async () => (await readStatus(connection)).jobs[0]?.shards.waiting === 8);
    await connection.client.flushall();
    worker();
    await running;
    await expectAll(job);
  });

  test('knows again what it is, and how far, when Redis has begun anew with nothing', async () => {
    const forgetful = await startRedis([['appendonly', 'no']]);
    const job = { name: 'empty', folder, shards: 8, sounds: 2 };
    const own = await connectQueue(forgetful.url, { timings });
    const { signal } = new AbortController();
    const status = async () => (await readStatus(own)).jobs[0];
    const begin = (ending: AbortController) =>
      work(own, {
        roots: [folder],
        createRunner: async (record) => sleepingRunner(record),
        signal: ending.signal,
      });
    try {
      let isHeld = true;
      const shards = (async function* () {
        yield* shardsOf({ ...job, shards: 2 });
        await until(async () => !isHeld);
        for (let number = 2; number < 8; number++) yield shardOf(job, number);
      })();
      const running = runJob(own, { job: jobOf(job), shards, isDone: isDoneIn(job), signal });
      const [first, second] = [new AbortController(), new AbortController()];
      const working = begin(first);
      await until(async () => (await status())?.shards.done === 2);
      first.abort();
      await working;
      isHeld = false;
      await until(async () => (await status())?.state === 'handed out');
      await forgetful.kill();
      await forgetful.start();
      await until(async () => (await status())?.shards.waiting === 6);
      expect(await status()).toMatchObject({ state: 'handed out', clips: 4, shards: { done: 2 } });
      const workingAgain = begin(second);
      expect(await running).toMatchObject({ done: 8, clips: 16 });
      await expectAll(job);
      second.abort();
      await workingAgain;
    } finally {
      await own.close();
      await forgetful.stop();
    }
  });

  test('puts a sound that ends whole workers to the failures, and delivers the others', async () => {
    const job: TestJob = { name: 'poison', folder, shards: 3, sounds: 4, poison: [[1, 2]] };
    let isOver = false;
    let deaths = 0;
    const restart = async () => {
      while (!isOver) if ((await worker().ended) === 'SIGKILL' && !isOver) deaths++;
    };
    const restarting = restart();
    const counts = await run(job);
    isOver = true;
    for (const { child } of processes) child.kill('SIGKILL');
    await restarting;
    expect(counts).toMatchObject({ done: 3, clips: 11, failed: 1 });
    expect(deaths).toBe(5); // twice unknowing, then three times with a note of what it was
    const { results } = await readResults(job);
    expect(results.get('poison-1-2.wav')!.error).toContain('3 workers that heard it ended');
    expect([...results.values()].filter(({ error }) => error === undefined)).toHaveLength(11);
  });

  test('gives the shards of a worker whose disk is full to others, which take it up again once there is space', async () => {
    const job = { name: 'full', folder, shards: 10, sounds: 4 };
    const full = join(folder, 'full');
    await writeFile(full, '');
    const small = worker({ fullDisk: full });
    await small.says(/ready/);
    const running = run(job);
    await small.says(/disk is full/);
    await until(async () => (await readStatus(connection)).workers[0]!.state.includes('full'));
    await unlink(full);
    await running;
    await expectAll(job);
    expect(small.said()).toContain('shard of 4');
  });

  test('has one producer at a time, and tells the other who that is', async () => {
    const job = { name: 'twice', folder, shards: 5, sounds: 2 };
    const first = producer(job);
    await first.says(/outstanding/);
    await expect(run(job)).rejects.toThrow(
      new RegExp(`another process hands out the shards of twice.*process ${first.child.pid} of`),
    );
    worker();
    expect(await first.ended).toBe(0);
    await expectAll(job);
  });

  test('is taken over from a producer that was killed', async () => {
    const job = { name: 'producer', folder, shards: 20, sounds: 5 };
    const first = producer(job);
    worker({ sleep: 20 });
    await first.says(/[1-9] done/);
    first.child.kill('SIGKILL');
    const counts = await run(job);
    expect(counts.there + counts.done).toBe(20);
    await expectAll(job);
  });

  test('ends within its grace when it is told to, with what it has begun', async () => {
    const job = { name: 'drained', folder, shards: 6, sounds: 5 };
    const first = worker({ sleep: 60, grace: 20 });
    const running = run(job);
    await first.says(/shard of/);
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    const { runs } = await readResults(job);
    expect(first.said()).toContain(`done ${runs}`);
    expect((await readStatus(connection)).jobs[0]!.shards).toMatchObject({ active: 0, waiting: 6 - runs });
    worker();
    await running;
    expect((await readResults(job)).runs).toBe(6);
  });

  test('gives back what does not end within the grace', async () => {
    const job = { name: 'short', folder, shards: 3, sounds: 100 };
    const first = worker({ sleep: 100, grace: 0.2 });
    const running = run(job);
    await until(async () => (await readStatus(connection)).jobs[0]?.shards.active === 1);
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect((await readStatus(connection)).jobs[0]!.shards).toMatchObject({ active: 0, waiting: 3 });
    worker({ sleep: 0 });
    await running;
    await expectAll(job);
  });

  test('can be cancelled, and begun again', async () => {
    const job = { name: 'cancelled', folder, shards: 10, sounds: 20 };
    const one = worker({ sleep: 25 });
    const running = run(job);
    const told = expect(running).rejects.toThrow('cancelled was cancelled');
    await one.says(/shard of/);
    await until(async () => {
      const { waiting, active, done } = (await readStatus(connection)).jobs[0]!.shards;
      return waiting + active + done === job.shards; // all are handed out
    });
    expect(await cancelJob(connection, 'cancelled')).toBeGreaterThan(5);
    await told;
    await until(async () => (await readStatus(connection)).jobs[0]!.shards.active === 0);
    const { lines } = await readResults(job);
    expect(lines).toBeLessThan(200);
    const counts = await run(job);
    expect(counts.there).toBe(lines / 20);
    await expectAll(job);
  });
});
