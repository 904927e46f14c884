import { resolve } from 'node:path';
import { AudiozooError, type FileStore, tensor, writeNpy } from '@audiozoo/core';
import { readTextFile } from '@audiozoo/core/disk';
import { formatShape } from '@audiozoo/core/plugin';
import {
  type LoadClassifierOptions,
  loadClassifier,
  loadWordReader,
  type WordReaderOptions,
} from '@audiozoo/tasks';
import { Command, Option } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { chooseBackend, deviceFlags } from '../flags/device.js';
import { oneModel, openModel } from '../flags/model.js';
import { sizeFlags, sizeOf } from '../flags/model-settings.js';
import { loadPlugins } from '../flags/plugin.js';
import { hearingFlags, partFlags, refuseSoundFlags, soundFile, windowFlags } from '../flags/sound.js';
import { embedSound } from '../input/embed-sound.js';
import { checkNames, type IndexRow, indexText, namesFileOf, tableMark } from '../input/index-file.js';
import { isFolder } from '../input/path.js';
import { checkOutput, writeOutput } from '../output/output-file.js';
import { createSession, type Failure, type Session, UsageError } from '../session/session.js';

const declared = addFlags(
  new Command('embed')
    .description(
      "Write what a model makes of sound, as NumPy's .npy: float32, a row for each file, window or text.",
    )
    .argument('[audio...]', soundFile)
    .option('--text <file>', 'instead of sound, the lines of a text file, for models that read words')
    .requiredOption('--model <dir>', oneModel)
    .requiredOption('--out <file.npy>', 'the file to write; beside it file.json names the rows')
    .addOption(
      new Option(
        '--aggregate <how>',
        'hear all of each sound, window by window: one row, their mean, or none: a row for each window',
      ).choices(['mean', 'none']),
    )
    .option('--json', '{ out, names, times, model, dimensions, shape, errors } on stdout')
    .addHelpText(
      'after',
      `
Sound that is longer than the model takes at once is heard window by window, and its row is their mean (CLAP's brought
to length 1). CLAP takes ten minutes; of more than ten seconds it hears the middle, or, where it fuses, the whole and
three parts, unless --aggregate or --hop says to hear all. With --aggregate none file.json has the times of the rows
too, and \`search\` tells the places.
A file that cannot be heard fails alone: its row is NaN, the others go on, and the exit code is 1.
\`audiozoo search\` looks in what was written.

Examples:
  $ audiozoo embed *.wav --model ced-tiny --out sounds.npy
  $ audiozoo embed street.wav --model laion/clap-htsat-unfused --aggregate none --hop 5 --out places.npy
  $ audiozoo embed --text labels.txt --model laion/clap-htsat-unfused --out labels.npy`,
    ),
  partFlags,
  windowFlags,
  hearingFlags,
  sizeFlags,
  deviceFlags,
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((files, flags, called) => embed(files, flags, createSession(called, signal)));

async function embed(files: readonly string[], flags: Flags, session: Session): Promise<void> {
  const { signal } = session;
  if (files.length > 0 === (flags.text !== undefined))
    throw new UsageError('Give either sound files or --text.');
  const namesFile = namesFileOf(flags.out);
  if (namesFile === undefined) {
    throw new UsageError('--out is an .npy file: the names of the rows are written beside it, as .json.');
  }
  if (flags.text !== undefined) refuseSoundFlags(flags, '--text has no sound');
  const byWindows = flags.aggregate !== undefined || flags.hop !== undefined;
  if (flags.window !== undefined && !byWindows)
    throw new UsageError('--window needs --aggregate or --hop, which hear sound window by window.');
  const names = flags.text === undefined ? files : await readLines(flags.text);
  checkNames(names);
  const plugins = await loadPlugins(flags.plugin);
  const isOneRun = files.length === 1 && !byWindows;
  const backend = await chooseBackend(flags, plugins, isOneRun ? { workers: 0 } : {});
  await checkOutput(flags.out);
  await checkOutput(namesFile);
  const store = await openModel(flags.model, plugins.models, session);
  const loading = { models: plugins.models, backend, signal };
  const { rows, table, errors } =
    flags.text === undefined
      ? await embedSounds(store, loading, files, flags, session)
      : {
          rows: names.map((name) => ({ name })),
          table: await embedTexts(store, loading, names, flags, session),
          errors: [],
        };

  // A folder is found from elsewhere too.
  const model = (await isFolder(flags.model)) ? resolve(flags.model) : flags.model;
  const bytes = writeNpy(table);
  const facts = { model, size: flags.size, dimensions: table.shape[1]!, table: tableMark(bytes) };
  const index = indexText(rows, facts);
  await writeOutput(flags.out, bytes, signal);
  await writeOutput(namesFile, Buffer.from(index), signal);
  if (flags.json) session.printJson({ out: flags.out, ...JSON.parse(index), shape: table.shape, errors });
  else session.note(`${flags.out}: float32 ${formatShape(table.shape)}`);
}

/** [rows, dimensions], NaN where a file cannot be heard, and why not. */
async function embedSounds(
  store: FileStore,
  loading: LoadClassifierOptions,
  files: readonly string[],
  flags: Flags,
  session: Session,
) {
  const { signal } = session;
  const classifier = await loadClassifier(store, { ...loading, size: sizeOf(flags) });
  session.note(`${flags.model} on ${classifier.device}`);

  const rows: (IndexRow & { readonly embedding?: Float32Array })[] = [];
  const errors: Failure[] = [];
  const progress = files.length > 1 ? await session.progress() : undefined;
  try {
    for (const [place, file] of files.entries()) {
      await session.letOthersRun();
      try {
        const heard = await embedSound(classifier, file, flags, session);
        for (const row of heard) rows.push({ name: file, ...row });
      } catch (error) {
        signal.throwIfAborted();
        rows.push({ name: file });
        errors.push(session.failure(error, file));
        session.fail(error, file);
      }
      progress?.update({ done: place + 1, total: files.length, unit: 'files' });
    }
  } finally {
    progress?.stop();
    await classifier.dispose();
  }

  const dimensions = rows.find(({ embedding }) => embedding)?.embedding?.length;
  if (dimensions === undefined) {
    throw new AudiozooError({
      code: 'audio',
      what: `${flags.out} is not written`,
      expected: 'a file that can be heard',
      got: `${files.length} that cannot`,
      hint: 'See the errors above, one for each file.',
    });
  }
  const table = new Float32Array(rows.length * dimensions).fill(Number.NaN); // [rows, dimensions]
  rows.forEach(({ embedding }, place) => void (embedding && table.set(embedding, place * dimensions)));
  return { rows, table: tensor('float32', [rows.length, dimensions], table), errors };
}

/** [texts, dimensions] */
async function embedTexts(
  store: FileStore,
  loading: WordReaderOptions,
  texts: readonly string[],
  flags: Flags,
  session: Session,
) {
  const reader = await loadWordReader(store, loading);
  session.note(`${flags.model} on ${reader.device}`);
  try {
    const { embedding, cut } = await reader.read(texts);
    for (const place of cut) session.warn(`the end of line ${place + 1} is not read: too long`);
    return embedding;
  } finally {
    await reader.dispose();
  }
}

/** As many bytes as a hundred thousand lines that are read to their ends have. */
const mostTextBytes = 256e6;

/** Lines, of which the last may end or not. */
async function readLines(path: string): Promise<readonly string[]> {
  const text = (await readTextFile(path, mostTextBytes)).replace(/^\u{FEFF}/u, '').replace(/\r?\n$/, '');
  if (text !== '') return text.split(/\r?\n/);
  throw new AudiozooError({
    code: 'file',
    what: `${path} is empty`,
    expected: 'a text in each line',
    hint: 'Write one text in each line.',
  });
}
