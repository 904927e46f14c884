// What tests hand to the processes that they begin.

import type { QueueTimings } from '@audiozoo/fleet/queue';

export interface TestJob {
  readonly name: string;
  /** Of sounds and results. */
  readonly folder: string;
  readonly shards: number;
  readonly sounds: number;
  /** Numbers of shards, with numbers of sounds that end whoever hears them. */
  readonly poison?: readonly (readonly [shard: number, sound: number])[];
}

export interface ProducerTask extends TestJob {
  readonly url: string;
  readonly timings: Partial<QueueTimings>;
  readonly mostShards?: number;
}

export interface WorkerTask {
  readonly url: string;
  readonly root: string;
  readonly timings: Partial<QueueTimings>;
  readonly sleep?: number;
  readonly concurrency?: number;
  readonly grace?: number;
  /** Its disk counts as full while this file is there. */
  readonly fullDisk?: string;
}

export interface SleepingOptions {
  /** Milliseconds for each sound. */
  readonly sleep?: number;
  /** Called instead of writing: may throw. */
  readonly beforeWrite?: () => Promise<void>;
}
