import { tensor, writeNpy } from '@audiozoo/core';
import {
  type Aggregate,
  classifyMany,
  type Ensemble,
  type LabelledWindow,
  type ScoredLabel,
  zeroShotClassifier,
} from '@audiozoo/tasks';
import { Command, Option } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { chooseBackend, deviceFlags } from '../flags/device.js';
import { collect, collectWords, wholeNumber } from '../flags/flag-value.js';
import { loadModels, severalModels } from '../flags/model.js';
import { declareSizes, sizeFlags, sizeOf } from '../flags/model-settings.js';
import { loadPlugins } from '../flags/plugin.js';
import {
  audioOptions,
  batchFlags,
  hearingFlags,
  partFlags,
  soundFile,
  windowFlags,
  windowOptions,
} from '../flags/sound.js';
import { openAudio } from '../input/standard-input.js';
import { labelTable } from '../output/format.js';
import { checkOutput, writeOutput } from '../output/output-file.js';
import { createSession, type Failure, type Session, UsageError } from '../session/session.js';

const declared = addFlags(
  new Command('classify')
    .description('Say what is heard in sound files.')
    .argument('<audio...>', soundFile)
    .requiredOption('--model <dir>', severalModels, collect)
    .option('--top-k <n>', 'labels per file, best first (default: 5; of --label all)', wholeNumber(1))
    .option(
      '--label <text>',
      'in words, what may be heard, for models that read words; may be repeated',
      collectWords,
    )
    .option('--template <text>', "what each --label is put into, in the place of {} (default: the model's)")
    .addOption(
      new Option('--aggregate <how>', 'hear all of a long sound, window by window; none: tell each').choices([
        'mean',
        'max',
        'none',
      ]),
    )
    .option('--json', '[{ file, labels: [{ label, score, index }] }] on stdout')
    .option('--logits <file.npy>', 'write the raw scores: float32 [files, labels], NaN where a file failed')
    .option('--auto-length', 'for each file the shortest of a few lengths of input that holds it')
    .addHelpText(
      'after',
      `
A file that cannot be classified fails alone: the others go on, and the exit code is 1.

Examples:
  $ audiozoo classify dog.wav --model ast-audioset
  $ audiozoo classify *.wav --model ast-audioset --top-k 1 --json > labels.json
  $ audiozoo classify concert.flac --model ast-audioset --start 60 --duration 10
  $ audiozoo classify lecture.mp3 --model ast-audioset --hop 5 --aggregate max
  $ audiozoo classify dog.wav --model laion/clap-htsat-unfused --label "a dog" --label "heavy rain"
  $ audiozoo classify dog.wav --model ast-10-10 --model ast-16-16
  $ ffmpeg -i talk.mp4 -t 10 -f wav - | audiozoo classify - --model ast-audioset`,
    ),
  partFlags,
  windowFlags,
  batchFlags,
  hearingFlags,
  sizeFlags,
  deviceFlags,
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** Gives it the flags of the models' sizes. */
export const completeFlags = () => declareSizes(declared);

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((files, flags, called) => classify(files, flags, createSession(called, signal)));

type Entry =
  | { readonly file: string; readonly labels: readonly ScoredLabel[] }
  | { readonly file: string; readonly windows: readonly LabelledWindow[] }
  | Failure;

/** From this many files on, a progress bar is worth its line. */
const manyFiles = 4;

async function classify(files: readonly string[], flags: Flags, session: Session): Promise<void> {
  const { signal } = session;
  const { aggregate = flags.hop === undefined ? undefined : 'mean' } = flags;
  checkWindowFlags(flags, aggregate);
  if (flags.template !== undefined && !flags.label) throw new UsageError('--template needs --label.');
  const plugins = await loadPlugins(flags.plugin);
  // A thread takes 50 ms to start: one clip is heard sooner without.
  const isOneRun = files.length === 1 && aggregate === undefined;
  const backend = await chooseBackend(flags, plugins, isOneRun ? { workers: 0 } : {});
  if (flags.logits !== undefined) await checkOutput(flags.logits);
  const options = {
    models: plugins.models,
    backend,
    size: sizeOf(flags),
    autoLength: flags.autoLength,
    signal,
  };
  const { label: labels, template } = flags;
  const classifier = await loadModels(
    flags.model,
    options,
    session,
    labels && ((store, own) => zeroShotClassifier(store, { ...own, labels, template, onNote: session.warn })),
  );

  const width = classifier.labels.length;
  const rows =
    flags.logits === undefined ? undefined : new Float32Array(files.length * width).fill(Number.NaN); // [files, labels]
  const entries: Entry[] = [];
  // Where results go to the terminal as they come, they are the progress.
  const watched = files.length >= manyFiles && (flags.json || !process.stdout.isTTY);
  const progress = watched ? await session.progress() : undefined;
  try {
    for await (const result of classifyAll(classifier, files, aggregate, flags, session)) {
      const place = entries.length;
      const file = files[place]!;
      try {
        if ('error' in result) throw result.error;
        const { logits, ...found } = result;
        if (logits) rows?.set(logits, place * width);
        const entry: Entry = { file, ...found };
        entries.push(entry);
        if (!flags.json) session.print(describe(entry));
      } catch (error) {
        entries.push(session.failure(error, file));
        session.fail(error, file);
      }
      progress?.update({ done: entries.length, total: files.length, unit: 'files' });
    }
  } finally {
    progress?.stop();
    await classifier.dispose();
  }
  if (flags.logits !== undefined && rows) {
    await writeOutput(flags.logits, writeNpy(tensor('float32', [files.length, width], rows)), signal);
  }
  if (flags.json) session.printJson(entries);
}

type ClipResult =
  | { readonly labels: readonly ScoredLabel[]; readonly logits: Float32Array | undefined }
  | { readonly windows: readonly LabelledWindow[]; readonly logits?: undefined }
  | { readonly error: unknown };

/** What each file is found to hold, in their order. */
async function* classifyAll(
  classifier: Ensemble,
  files: readonly string[],
  aggregate: Aggregate | undefined,
  flags: Flags,
  session: Session,
): AsyncGenerator<ClipResult> {
  const sounds = openAll(files, session.signal);
  const options = {
    ...audioOptions(flags, session),
    ...windowOptions(flags),
    topK: flags.topK ?? flags.label?.length,
  };
  if (aggregate === 'none') {
    const many = classifyMany(classifier, sounds, { ...options, aggregate });
    for await (const { labels: windows, error } of many) yield windows ? { windows } : { error };
  } else {
    const many = classifyMany(classifier, sounds, { ...options, aggregate });
    for await (const { labels, logits, error } of many) yield labels ? { labels, logits } : { error };
  }
}

async function* openAll(files: readonly string[], signal: AbortSignal): AsyncGenerator<string | Blob> {
  for (const file of files) yield await openAudio(file, signal);
}

function checkWindowFlags(flags: Flags, aggregate: Aggregate | undefined): void {
  if (aggregate === undefined && flags.window !== undefined) {
    throw new UsageError('--window needs --aggregate or --hop, which hear sound window by window.');
  }
  if (aggregate !== undefined && flags.logits !== undefined) {
    throw new UsageError('--logits are those of whole clips: not with --aggregate or --hop.');
  }
}

/** An entry for people. */
function describe(entry: Entry): string {
  if ('labels' in entry) return labelTable(entry.file, entry.labels);
  if ('error' in entry) return entry.error;
  const ofWindow = ({ start, end, labels }: LabelledWindow) =>
    labelTable(`${entry.file}  ${start.toFixed(2)} – ${end.toFixed(2)} s`, labels);
  return entry.windows.map(ofWindow).join('\n');
}
