// Random faults, seeded: workers and producers are killed, drained and begun again, Redis is killed and restarted, and a
// sound of each job ends whoever hears it. AUDIOZOO_CHAOS_MINUTES makes it long, AUDIOZOO_CHAOS_SEED another.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uniformRandom } from '@audiozoo/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasRedis, startRedis, type TestRedis } from '../../../../testing/redis.js';
import { readResults } from './job.mjs';
import { startProducer, startWorker, type TestProcess } from './processes.js';
import type { TestJob } from './tasks.js';

const minutes = Number(process.env.AUDIOZOO_CHAOS_MINUTES ?? 0.2);
const seed = Number(process.env.AUDIOZOO_CHAOS_SEED ?? 1);

const timings = {
  shardLock: 1000,
  stalledInterval: 500,
  producerLock: 2000,
  sweep: 200,
  heartbeat: 400,
  pause: 500,
};

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe.skipIf(!hasRedis)('chaos (needs Redis)', () => {
  let redis: TestRedis;
  let folder: string;
  const processes = new Set<TestProcess>();

  beforeAll(async () => {
    redis = await startRedis();
    folder = await mkdtemp(join(tmpdir(), 'audiozoo-test-chaos-'));
  });
  afterAll(async () => {
    for (const { child, ended } of processes) {
      child.kill('SIGKILL');
      await ended;
    }
    await redis.stop();
    await rm(folder, { recursive: true });
  });

  /** Begins a process anew whenever it ends, until `stop`. */
  function keep(begin: () => TestProcess, isDone: (code: number | string) => boolean = () => false) {
    let isStopped = false;
    let current = begin();
    const over = (async () => {
      while (!isStopped) {
        processes.add(current);
        const code = await current.ended;
        processes.delete(current);
        if (isStopped || isDone(code)) return;
        current = begin();
      }
    })();
    return {
      over,
      kill: (signal: NodeJS.Signals) => void current.child.kill(signal),
      stop() {
        isStopped = true;
        current.child.kill('SIGKILL');
      },
    };
  }

  test(
    'loses no result, and has none twice',
    async () => {
      const random = uniformRandom(seed);
      const counts = {
        jobs: 0,
        sounds: 0,
        runs: 0,
        workersKilled: 0,
        drained: 0,
        producersKilled: 0,
        restarts: 0,
      };
      const workers = [0, 1, 2].map(() =>
        keep(() => startWorker({ url: redis.url, root: folder, timings, sleep: 15, grace: 0.3 })),
      );
      const end = performance.now() + minutes * 60_000;
      do {
        const name = `job-${counts.jobs}`;
        const job: TestJob = {
          ...{ name, folder: join(folder, name), shards: 30, sounds: 8 },
          poison: [[Math.floor(random() * 30), Math.floor(random() * 8)]],
        };
        await mkdir(job.folder);
        const producer = keep(
          () => startProducer({ url: redis.url, timings, ...job }),
          (code) => code === 0,
        );
        let isOver = false;
        void producer.over.then(() => (isOver = true));
        while (!isOver) {
          await sleep(500 + 2500 * random());
          if (isOver || performance.now() > end) continue; // the last job ends in peace
          const fault = counts.restarts === 0 ? 0 : random();
          if (fault < 0.15) {
            await redis.kill();
            await sleep(1000 * random());
            await redis.start();
            counts.restarts++;
          } else if (fault < 0.3) {
            producer.kill('SIGKILL');
            counts.producersKilled++;
          } else {
            const signal = fault < 0.45 ? 'SIGTERM' : 'SIGKILL';
            workers[Math.floor(random() * 3)]!.kill(signal);
            if (signal === 'SIGTERM') counts.drained++;
            else counts.workersKilled++;
          }
        }
        const { results, lines, runs } = await readResults(job);
        expect(lines).toBe(240);
        expect(results.size).toBe(240);
        const failed = [...results.values()].filter(({ error }) => error !== undefined);
        const [[shard, sound]] = job.poison as [[number, number]];
        expect(failed.map(({ id }) => id)).toEqual([`poison-${shard}-${sound}.wav`]);
        counts.jobs++;
        counts.sounds += lines;
        counts.runs += runs;
        if (process.env.AUDIOZOO_CHAOS_MINUTES) console.log(JSON.stringify({ seed, ...counts }));
      } while (performance.now() < end);
      for (const worker of workers) worker.stop();
      await Promise.all(workers.map(({ over }) => over));
    },
    minutes * 60_000 + 300_000,
  );
});
