import { resolve } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { chooseBackend, deviceFlags } from '../flags/device.js';
import { collect, decimal, wholeNumber } from '../flags/flag-value.js';
import { loadPlugins } from '../flags/plugin.js';
import { queueAddress, queueFlags, queueHelp } from '../flags/queue.js';
import { decoderFlags } from '../flags/sound.js';
import { queueRunners } from '../fleet/queue-worker.js';
import { createSession, type Session } from '../session/session.js';

const declared = addFlags(
  new Command('work')
    .description('Do the shards of jobs that `tag --queue` hands out: on each machine, as many as you like.')
    .option(
      '--concurrency <n>',
      'shards at a time, each in a process with a model of its own (default: 1)',
      wholeNumber(1, 256),
    )
    .option(
      '--root <folder>',
      'where sounds and results lie; may be repeated (default: the current folder)',
      collect,
    )
    .option('--models <folder>', 'where models lie, by their names or checksums')
    .option(
      '--host <name>',
      'a host that may be asked for sound, and for models by their addresses: *.example.org, s3://bucket; may be repeated (default: all)',
      collect,
    )
    .option(
      '--grace <s>',
      'seconds to end what is begun after SIGTERM or Ctrl-C (default: 30)',
      decimal({ atLeast: 0, below: 86_400 }),
    )
    .option('--idle <s>', 'end after so many seconds without a shard (default: never)', decimal({ above: 0 }))
    .addHelpText(
      'after',
      `
A worker does shards of any job of the queue. Sounds and the folder of results have the same paths on all machines, as on a disk
that they share; nothing outside of the roots is read or written. A job's model is looked for by its name or its checksum in
--models, then as a folder in the roots, then where published models come from, and must be the same to the last bit.

What is killed is taken over by others within 20 seconds, and no result is lost or there twice. A worker that cannot do a job, or
whose disk is full, gives shards back, says why, and tries again. After SIGTERM it ends what it has begun, gives back what takes
longer, and its exit code is 0.

${queueHelp}

Examples:
  $ audiozoo work --queue redis://queue.example.org --root /mnt/archive
  $ AUDIOZOO_QUEUE=redis://queue.example.org audiozoo work --concurrency 4 --models /mnt/models --root /mnt/archive`,
    ),
  queueFlags,
  decoderFlags,
  deviceFlags,
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal ends it. */
export const command = (signal: AbortSignal) =>
  declared.action((flags, called) => work(flags, createSession(called, signal)));

async function work(flags: Flags, session: Session): Promise<void> {
  const address = queueAddress(flags);
  const { signal } = session;
  const { concurrency = 1, root = ['.'], models, host: hosts, grace, idle } = flags;
  const roots = root.map((folder) => resolve(folder));
  const plugins = await loadPlugins(flags.plugin);
  await chooseBackend(flags, plugins); // says what is wrong with it
  const queue = await import('@audiozoo/fleet/queue');
  const { warn: onWarning } = session;
  const connection = await queue.connectQueue(address, { signal, onWarning });
  try {
    session.note(`working for ${connection.address}`);
    const { shards, clips, failed } = await queue.work(connection, {
      ...{ roots, concurrency, grace, idle, signal, onWarning },
      createRunner: queueRunners({ ...flags, concurrency, roots, models, hosts }, plugins.models, session),
    });
    session.note(`${shards} shards: ${clips} clips were heard, ${failed} could not be`);
  } finally {
    await connection.close();
  }
}
