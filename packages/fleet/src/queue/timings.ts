/** How long things may take, in milliseconds. All of it is measured by the queue's clock, or by one process alone. */
export interface QueueTimings {
  /** Of a shard, since whoever does it was last heard of: then others may have it. */
  readonly shardLock: number;
  /** Between looks for shards whose lock has ended. */
  readonly stalledInterval: number;
  /** Of a job, since its producer was last heard of. */
  readonly producerLock: number;
  /** Between looks of a producer at what has become of its shards. */
  readonly sweep: number;
  /** Between a worker's signs of life, at which it also hears of cancelled jobs. */
  readonly heartbeat: number;
  /** Between tries of a worker that cannot do something: whose disk is full, or that has no such model. */
  readonly pause: number;
}

/** A worker that was killed is replaced within 20 s, a producer within 30. */
export const usualTimings: QueueTimings = {
  shardLock: 10_000,
  stalledInterval: 5_000,
  producerLock: 30_000,
  sweep: 1_000,
  heartbeat: 2_000,
  pause: 10_000,
};
