// Jobs on many machines, over BullMQ on Redis or Valkey. Apart, so that nothing of it is loaded where it is not used.

export { cancelJob } from './cancel-job.js';
export { type ConnectOptions, connectQueue, type QueueConnection, queuePatience } from './connection.js';
export type { JobCounts, JobRecord, JobState } from './job-record.js';
export { type JobStatus, type QueueStatus, readStatus } from './job-status.js';
export { type JobProgress, type RunJobOptions, runJob } from './run-job.js';
export { statusMetrics } from './status-metrics.js';
export type { QueueTimings } from './timings.js';
export { type WorkOptions, type WorkTotals, work } from './work.js';
export type { Rate, WorkerRecord } from './worker-record.js';
