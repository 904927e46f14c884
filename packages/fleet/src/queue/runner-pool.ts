// The runners of a worker, each with a model that is loaded: kept for the next shard of the same job, a few at most.

import type { ShardRunner } from '../job/shard-runner.js';
import type { StoredJob } from './job-record.js';

export interface RunnerPool {
  /** Uses a runner of the job that nobody else uses meanwhile. One that fails is not used again. */
  use<Result>(job: StoredJob, use: (runner: ShardRunner) => Promise<Result>): Promise<Result>;
  dispose(): Promise<void>;
}

interface IdleRunner {
  readonly hash: string;
  readonly runner: ShardRunner;
}

export function openRunnerPool(
  mostIdle: number,
  create: (job: StoredJob) => Promise<ShardRunner>,
): RunnerPool {
  /** The one that was used last at the end. */
  let idle: IdleRunner[] = [];
  let isDisposed = false;
  return {
    async use(job, use) {
      const found = idle.findLast(({ hash }) => hash === job.hash);
      if (found) idle = idle.filter((one) => one !== found);
      // Room first: one model more than that may be more than fits.
      while (!found && idle.length >= mostIdle) await idle.shift()!.runner.dispose();
      const runner = found?.runner ?? (await create(job));
      let isWell = false;
      try {
        const result = await use(runner);
        isWell = true;
        return result;
      } finally {
        if (isWell && !isDisposed) idle.push({ hash: job.hash, runner });
        else await runner.dispose();
      }
    },
    async dispose() {
      isDisposed = true;
      const all = idle;
      idle = [];
      await Promise.all(all.map(({ runner }) => runner.dispose()));
    },
  };
}
