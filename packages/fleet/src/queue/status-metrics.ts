// The status as Prometheus reads it. Autoscalers go by `audiozoo_queue_backlog_seconds`, or by one job's.

import type { QueueStatus } from './job-status.js';

/** In Prometheus's text format. */
export function statusMetrics({ jobs, workers }: QueueStatus): string {
  const ofJobs = (name: string, help: string, value: (job: QueueStatus['jobs'][number]) => number) => [
    `# HELP audiozoo_${name} ${help}`,
    `# TYPE audiozoo_${name} gauge`,
    ...jobs.map((job) => `audiozoo_${name}{job="${job.name}"} ${value(job)}`),
  ];
  const backlog = jobs.reduce((sum, { backlogSeconds }) => sum + backlogSeconds, 0);
  return [
    ...ofJobs(
      'backlog_seconds',
      "What is in the queue, in seconds of one worker's work.",
      (job) => job.backlogSeconds,
    ),
    '# HELP audiozoo_queue_backlog_seconds The same of all jobs together.',
    '# TYPE audiozoo_queue_backlog_seconds gauge',
    `audiozoo_queue_backlog_seconds ${backlog}`,
    ...ofJobs('shards_waiting', 'Shards that wait for a worker.', ({ shards }) => shards.waiting),
    ...ofJobs('shards_active', 'Shards that workers have.', ({ shards }) => shards.active),
    ...ofJobs('shards_done', 'Shards done since the producer began.', ({ shards }) => shards.done),
    ...ofJobs('clips_done', 'Sounds heard since the producer began.', ({ clips }) => clips),
    ...ofJobs(
      'sound_seconds_done',
      'Seconds of sound heard since the producer began.',
      ({ seconds }) => seconds,
    ),
    ...ofJobs('clips_failed', 'Sounds that could not be heard.', ({ failed }) => failed),
    ...ofJobs('times_real_time', 'Seconds of sound heard in a second.', ({ rate }) => rate.sound),
    '# HELP audiozoo_workers Workers that are alive.',
    '# TYPE audiozoo_workers gauge',
    `audiozoo_workers ${workers.length}`,
    '',
  ].join('\n');
}
