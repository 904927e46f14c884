import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortable } from '@audiozoo/core/plugin';
import type { JobStatus, QueueStatus } from '@audiozoo/fleet/queue';
import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { wholeNumber } from '../flags/flag-value.js';
import { queueAddress, queueFlags, queueHelp } from '../flags/queue.js';
import { serveMetricsText } from '../fleet/metrics-server.js';
import { formatDuration } from '../output/duration.js';
import { createSession, type Session } from '../session/session.js';

const declared = addFlags(
  new Command('status')
    .description('Say how far the jobs of a queue are, and who works.')
    .option('--name <job>', 'of one job')
    .option('--watch', 'again every two seconds, until Ctrl-C')
    .option('--json', '{ jobs: [{ name, state, shards, rate, backlogSeconds, … }], workers: […] } on stdout')
    .option(
      '--metrics <port>',
      'tell Prometheus, and autoscalers, until Ctrl-C; 0 chooses a port',
      wholeNumber(0, 65_535),
    )
    .option('--listen <address>', 'of --metrics: 0.0.0.0 for other machines (default: 127.0.0.1)')
    .addHelpText(
      'after',
      `
backlogSeconds, and audiozoo_backlog_seconds of --metrics, is how long one worker would take for what is in the queue: \`tag\` keeps
256 shards of a job there, or four for each that workers do at a time, so it grows with the workers. Until a shard is done,
a minute is taken for each.

${queueHelp}

Examples:
  $ audiozoo status --queue redis://queue.example.org
  $ audiozoo status --queue redis://queue.example.org --name archive --json
  $ audiozoo status --queue redis://queue.example.org --metrics 9464 --listen 0.0.0.0`,
    ),
  queueFlags,
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((flags, called) => status(flags, createSession(called, signal)));

const millisecondsBetweenLooks = 2000;

async function status(flags: Flags, session: Session): Promise<void> {
  const { connectQueue, queuePatience, readStatus, statusMetrics } = await import('@audiozoo/fleet/queue');
  const { signal, warn: onWarning } = session;
  const connection = await connectQueue(queueAddress(flags), { signal, onWarning, patience: queuePatience });
  // Redis may hang, and whoever presses Ctrl-C has waited long enough.
  const read = () => abortable(readStatus(connection, flags.name), signal);
  try {
    if (flags.metrics !== undefined) {
      const text = async () => statusMetrics(await read());
      const server = await serveMetricsText(flags.metrics, flags.listen ?? '127.0.0.1', text);
      session.note(`metrics at ${server.address}`);
      if (!signal.aborted) await once(signal, 'abort');
      server.close();
      return;
    }
    do {
      const told = await read();
      if (flags.json) session.printJson(told, { indent: !flags.watch });
      else session.print(statusText(told));
      if (flags.watch) await sleep(millisecondsBetweenLooks, undefined, { signal }).catch(() => {});
    } while (flags.watch && !signal.aborted);
  } finally {
    await connection.close();
  }
}

function statusText({ jobs, workers }: QueueStatus): string {
  const slots = workers.reduce((sum, { slots }) => sum + slots, 0);
  return [
    ...(jobs.length === 0 ? ['no jobs'] : jobs.flatMap(jobText)),
    `${counted(workers.length, 'worker')}, ${counted(slots, 'shard')} at a time`,
    ...workers
      .filter(({ state }) => state !== 'working')
      .map(({ host, pid, state }) => `  ${host}/${pid}: ${state}`),
  ].join('\n');
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

function jobText(job: JobStatus): string[] {
  const {
    name,
    state,
    producer,
    shards,
    clips,
    seconds,
    failed,
    rate,
    backlogSeconds,
    secondsLeft,
    refusals,
  } = job;
  const isOver = state === 'done' || state === 'cancelled';
  const by = producer
    ? `, handed out by process ${producer.pid} of ${producer.host}`
    : isOver
      ? ''
      : ', nobody hands it out';
  const left = secondsLeft === undefined ? '' : `, ${formatDuration(secondsLeft)} left`;
  return [
    `${name}: ${state}${by}`,
    `  shards: ${shards.done} done, ${shards.active} under way, ${shards.waiting} wait, ${shards.there} were there`,
    `  ${clips} clips, ${formatDuration(seconds)} of sound, ${failed} failed, ${rate.sound.toFixed(0)} × real time`,
    ...(isOver ? [] : [`  ${formatDuration(backlogSeconds)} of work for one worker${left}`]),
    ...Object.entries(refusals).map(([worker, why]) => `  ${worker} cannot do it: ${why}`),
  ];
}
