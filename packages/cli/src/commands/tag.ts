import { addAbortSignal } from 'node:stream';
import {
  chooseShardSeconds,
  cutShards,
  type EstimatedEntry,
  endResults,
  openResults,
  type ResultsSummary,
  readInputs,
} from '@audiozoo/fleet';
import { Command } from '@commander-js/extra-typings';
import { identifyModel } from '../evaluation/model-identity.js';
import { addFlags, commonFlags, type FlagsOf, refuseFlags } from '../flags/common.js';
import { chooseBackend, deviceFlags } from '../flags/device.js';
import { wholeNumber } from '../flags/flag-value.js';
import { oneModel } from '../flags/model.js';
import { sizeFlags } from '../flags/model-settings.js';
import { loadPlugins } from '../flags/plugin.js';
import { hearingFlags } from '../flags/sound.js';
import { handOut } from '../fleet/hand-out.js';
import { describeFigures, type JobWatch, watchJob } from '../fleet/job-progress.js';
import { jobFlags, jobSettings } from '../fleet/job-settings.js';
import { doShards, localRunner, shareOf } from '../fleet/local-shards.js';
import type { ShardOrder } from '../fleet/shard-work.js';
import { walkAhead } from '../fleet/walk-ahead.js';
import { createSession, type Session, UsageError } from '../session/session.js';
import { readVersion } from '../version.js';

const declared = addFlags(
  new Command('tag')
    .description('Say what is heard in as many sounds as there are: into a folder, to be gone on with.')
    .argument(
      '<input...>',
      'files, folders, patterns such as "clips/**/*.wav", lists (.txt, .csv, .jsonl), addresses; - is a list on standard input',
    )
    .requiredOption('--model <dir>', oneModel)
    .requiredOption('--out <folder>', 'the folder of the results')
    .option('--concurrency <n>', 'processes (default: 1)', wholeNumber(1, 256))
    .option(
      '--metrics <port>',
      'tell Prometheus how far it is, on 127.0.0.1; 0 chooses one',
      wholeNumber(0, 65_535),
    )
    .option(
      '--queue <address>',
      'hand it out to `work` on other machines, by a Redis or Valkey: redis://HOST:6379/0',
    )
    .option(
      '--name <job>',
      'of --queue: what the job is called there (default: after the folder of the results)',
    )
    .option('--json', 'how far it is, and at last what it came to, as lines of JSON on stdout')
    .addHelpText(
      'after',
      `
The folder holds manifest.json (the model, the settings, the labels), shards/ with a line for each sound, and once all
is done failures.jsonl and summary.json. However it ends, by Ctrl-C or a power cut, the same command goes on: what is
done is not done again, and what comes is the same. Sounds that came or went since make a few shards new; those that held
them before lie in superseded/. Another model or setting needs another folder.

A sound that cannot be heard has a line that says why, and the exit code is 1. So has one that takes the process down three
times. failures.jsonl is a list: tag it to try them again.

Long sound needs --hop, which gives a line for each window, or --events. --embed writes NAME.npy beside NAME.jsonl, a row
for each line, or a column of NAME.parquet.

With --queue the shards are done by \`audiozoo work\`, on as many machines as there are: all see the sounds and the folder of
results under the same paths. \`audiozoo status\` says how far it is, \`audiozoo cancel\` ends it.

Examples:
  $ audiozoo tag recordings --model ast-audioset --out tags
  $ audiozoo tag "archive/**/*.flac" --model mn10_as --out tags --format parquet --hop 10 --concurrency 4
  $ audiozoo tag list.csv --model ast-audioset --out tags --min-score 0.1 --embed float16
  $ audiozoo tag tags/failures.jsonl --model ast-audioset --out again
  $ audiozoo tag archive --model ast-audioset --out /mnt/tags --queue redis://queue.example.org`,
    ),
  jobFlags,
  sizeFlags,
  hearingFlags,
  deviceFlags,
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((inputs, flags, called) => tag(inputs, flags, createSession(called, signal)));

async function tag(inputs: readonly string[], flags: Flags, session: Session): Promise<void> {
  const { signal } = session;
  if (flags.queue === undefined) refuseFlags({ name: flags.name }, 'goes with --queue');
  else {
    const { concurrency, decoder } = flags;
    refuseFlags({ concurrency, decoder }, 'is for each worker to say, with --queue');
  }
  const job = await openJob(flags, session);
  const { format, shardSeconds } = job.order.settings;
  const watch = await watchJob(session, { json: flags.json === true });
  const metrics =
    flags.metrics === undefined
      ? undefined
      : await (await import('../fleet/job-metrics.js')).serveMetrics(flags.metrics, watch);
  if (metrics) session.note(`metrics at ${metrics.address}`);
  const shards = new Set<string>();
  let summary: ResultsSummary;
  try {
    const walked = cutShards(walk(inputs, watch, session), { shardSeconds });
    const ahead = walkAhead(walked, (shard) => {
      if (shard) {
        shards.add(shard.id);
        watch.state.secondsFound += shard.seconds;
      } else watch.state.isWalked = true;
    });
    if (flags.queue === undefined) await doShards(ahead, job.runners, watch, signal);
    else {
      await Promise.all(job.runners.map((runner) => runner.dispose())); // it has measured, and workers have models
      await handOut(ahead, flags.queue, job, flags.name, watch, session);
    }
    summary = await endResults(flags.out, shards, { format, signal });
  } catch (error) {
    watch.stop();
    if (signal.aborted) session.note(`Stopped: ${flags.out} keeps what is done, the same command goes on`);
    throw error;
  } finally {
    watch.stop();
    metrics?.close();
    await Promise.all(job.runners.map((runner) => runner.dispose()));
  }
  const figures = watch.figures();
  if (flags.json) session.printJson({ at: 'end', out: flags.out, ...figures, summary }, { indent: false });
  else session.note(`${flags.out}: ${describeFigures(figures)}`);
  if (summary.superseded > 0) {
    session.note(`${summary.superseded} shards of other sounds lie in ${flags.out}/superseded`);
  }
  if (summary.noted > 0) {
    const what =
      summary.noted === 1
        ? 'a sound has a note: its line in shards says what may be wrong with it'
        : `${summary.noted} sounds have notes: their lines in shards say what may be wrong with them`;
    session.warn(`${flags.out}: ${what}`);
  }
  if (summary.failed > 0) {
    const sounds = summary.failed === 1 ? 'a sound' : `${summary.failed} sounds`;
    session.fail(`${sounds} could not be heard: failures.jsonl says why`, flags.out);
  }
}

/** The folder, and what does shards into it. */
async function openJob(flags: Flags, session: Session) {
  const { signal } = session;
  const { model, out, plugin, decoder, concurrency = 1 } = flags;
  const plugins = await loadPlugins(plugin);
  await chooseBackend(flags, plugins); // says what is wrong with it
  const { labels, sha256 } = await identifyModel(model, plugins.models, session);
  if (labels.length === 0 && (flags.embed === undefined || flags.events)) {
    throw new UsageError(`${model} has no labels: --embed writes what it makes of sound.`);
  }
  const settings = jobSettings(flags, { name: model, sha256 });
  const device = shareOf(flags, concurrency);
  const order = (shardSeconds: number): ShardOrder => ({
    settings: { ...settings, shardSeconds },
    folder: out,
    device,
    plugin,
    decoder,
  });
  const measuring = localRunner(order(0));
  try {
    const versions = { audiozoo: readVersion(), node: process.versions.node };
    const manifest = await openResults(out, { settings, labels, versions }, async () =>
      chooseShardSeconds(await measuring.measure({ signal })),
    );
    const others = Array.from({ length: concurrency - 1 }, () => localRunner(order(0)));
    return { order: order(manifest.settings.shardSeconds), versions, runners: [measuring, ...others] };
  } catch (error) {
    await measuring.dispose();
    throw error;
  }
}

/** The sounds of the inputs; what cannot be used of them is said, and fails the command in the end. */
async function* walk(
  inputs: readonly string[],
  { state }: JobWatch,
  session: Session,
): AsyncGenerator<EstimatedEntry, void, undefined> {
  const { signal } = session;
  const found = readInputs(inputs, {
    signal,
    ...(inputs.includes('-') && { standardInput: addAbortSignal(signal, process.stdin) }),
    onUnusable: (error) => session.fail(error, 'input'),
  });
  for await (const entry of found) {
    state.found++;
    yield entry;
  }
}
