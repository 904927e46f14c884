/** Milliseconds: what takes seconds on a real queue, so soon that a test may wait for it. */
export const quickTimings = {
  shardLock: 1000,
  stalledInterval: 500,
  producerLock: 2000,
  sweep: 50,
  heartbeat: 100,
  pause: 200,
};
