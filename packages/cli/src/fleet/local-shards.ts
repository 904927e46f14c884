// Shards go to processes of this machine.

import { availableParallelism } from 'node:os';
import { abortable } from '@audiozoo/core/plugin';
import { createShardRunner, type MeasuringRunner, type Shard } from '@audiozoo/fleet';
import type { DeviceFlags } from '../flags/device.js';
import type { JobWatch } from './job-progress.js';
import type { ShardOrder } from './shard-work.js';

/** The device of each of several processes: it has its part of the threads, unless somebody says how many. */
export function shareOf({ device, threads }: DeviceFlags, processes: number): ShardOrder['device'] {
  if (threads !== undefined) return { device, threads };
  if (processes === 1 || !['auto', 'cpu'].includes(device)) return { device };
  return { device, threads: Math.max(1, Math.floor(availableParallelism() / processes)) };
}

/** A runner in a process of this command's own. */
export function localRunner(order: ShardOrder): MeasuringRunner {
  const module = new URL('./shard-process.js', import.meta.url);
  const { folder, settings } = order;
  return createShardRunner({ module, given: order, folder, format: settings.format });
}

/** Does shards, each runner one at a time. The first that cannot be done ends all, and its error is thrown. */
export async function doShards(
  shards: AsyncGenerator<Shard, void, undefined>,
  runners: readonly MeasuringRunner[],
  watch: JobWatch,
  given: AbortSignal,
): Promise<void> {
  const failing = new AbortController();
  const signal = AbortSignal.any([given, failing.signal]);
  const work = async (runner: MeasuringRunner, worker: number) => {
    for (;;) {
      signal.throwIfAborted();
      const { value: shard, done } = await abortable(shards.next(), signal);
      if (done) return;
      const outcome = await runner.run(shard, {
        signal,
        onProgress: (progress) => watch.onShard(worker, progress),
      });
      watch.onShard(worker, undefined);
      watch.done(outcome, shard.seconds);
    }
  };
  const working = runners.map(async (runner, worker) => {
    try {
      await work(runner, worker);
    } catch (error) {
      failing.abort(error);
      throw error;
    }
  });
  try {
    await Promise.all(working);
  } finally {
    await Promise.allSettled(working);
    void shards.return().catch(() => {}); // who waits for standard input, may wait for ever
  }
}
