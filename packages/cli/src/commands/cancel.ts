import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { queueAddress, queueFlags, queueHelp } from '../flags/queue.js';
import { createSession, type Session } from '../session/session.js';

const declared = addFlags(
  new Command('cancel')
    .description(
      'End a job that `tag --queue` hands out: its results stay, and the same command begins it again.',
    )
    .requiredOption('--name <job>', 'as `status` lists it')
    .addHelpText(
      'after',
      `
Shards that wait are taken away, those that workers have begun are stopped within seconds, and \`tag\` ends with an error.

${queueHelp}

Examples:
  $ audiozoo cancel --queue redis://queue.example.org --name archive`,
    ),
  queueFlags,
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((flags, called) => cancel(flags, createSession(called, signal)));

async function cancel(flags: Flags, session: Session): Promise<void> {
  const { cancelJob, connectQueue, queuePatience } = await import('@audiozoo/fleet/queue');
  const { signal, warn: onWarning } = session;
  const connection = await connectQueue(queueAddress(flags), { signal, onWarning, patience: queuePatience });
  try {
    const removed = await cancelJob(connection, flags.name);
    if (removed === undefined) session.note(`${flags.name} was over already`);
    else session.note(`${flags.name} is cancelled, ${removed} shards waited`);
  } finally {
    await connection.close();
  }
}
