import { resolve } from 'node:path';
import { AudiozooError, type FileStore, tensor, writeNpy } from '@audiozoo/core';
import { formatShape } from '@audiozoo/core/plugin';
import {
  type LoadClassifierOptions,
  loadClassifier,
  loadWordReader,
  type WordReaderOptions,
} from '@audiozoo/tasks';
import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { chooseBackend, deviceFlags } from '../flags/device.js';
import { oneModel, openModel } from '../flags/model.js';
import { sizeFlags, sizeOf } from '../flags/model-settings.js';
import { loadPlugins } from '../flags/plugin.js';
import { audioOptions, hearingFlags, partFlags, refuseSoundFlags, soundFile } from '../flags/sound.js';
import { checkNames, namesFileOf, tableMark } from '../input/index-file.js';
import { isFolder, readTextFile } from '../input/path.js';
import { openAudio } from '../input/standard-input.js';
import { checkOutput, writeOutput } from '../output/output-file.js';
import { createSession, type Session, UsageError } from '../session/session.js';

const declared = addFlags(
  new Command('embed')
    .description("Write what a model makes of sound files, as NumPy's .npy: float32 [files, dimensions].")
    .argument('[audio...]', soundFile)
    .option('--text <file>', 'instead of sound, the lines of a text file, for models that read words')
    .requiredOption('--model <dir>', oneModel)
    .requiredOption('--out <file.npy>', 'the file to write; beside it file.json names the rows')
    .option('--json', '{ out, names, model, dimensions, shape, errors } on stdout')
    .addHelpText(
      'after',
      `
Sound longer than the model takes at once fails: choose a part with --start and --duration. CLAP takes ten minutes; of
more than ten seconds it hears the middle, or, where it fuses, the whole and three parts.
A file that cannot be heard fails alone: its row is NaN, the others go on, and the exit code is 1.
\`audiozoo search\` looks in what was written.

Examples:
  $ audiozoo embed *.wav --model ced-tiny --out sounds.npy
  $ audiozoo embed --text labels.txt --model laion/clap-htsat-unfused --out labels.npy`,
    ),
  partFlags,
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
  const names = flags.text === undefined ? files : await readLines(flags.text);
  checkNames(names);
  const plugins = await loadPlugins(flags.plugin);
  const backend = await chooseBackend(flags, plugins, files.length === 1 ? { workers: 0 } : {});
  await checkOutput(flags.out);
  await checkOutput(namesFile);
  const store = await openModel(flags.model, plugins.models, session);
  const loading = { models: plugins.models, backend, signal };
  const { table, errors } =
    flags.text === undefined
      ? await embedSounds(store, loading, files, flags, session)
      : { table: await embedTexts(store, loading, names, flags, session), errors: [] };

  // A folder is found from elsewhere too.
  const model = (await isFolder(flags.model)) ? resolve(flags.model) : flags.model;
  const { size } = flags;
  const bytes = writeNpy(table);
  const index = { names, model, ...(size && { size }), dimensions: table.shape[1]!, table: tableMark(bytes) };
  await writeOutput(flags.out, bytes, signal);
  await writeOutput(namesFile, Buffer.from(`${JSON.stringify(index, null, 2)}\n`), signal);
  if (flags.json) session.printJson({ out: flags.out, ...index, shape: table.shape, errors });
  else session.note(`${flags.out}: float32 ${formatShape(table.shape)}`);
}

/** [files, dimensions], NaN where one cannot be heard, and why not. */
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

  const rows: (Float32Array | undefined)[] = [];
  const failures: { readonly error: unknown; readonly file: string }[] = []; // told when no bar is in the way
  const progress = files.length > 1 ? await session.progress() : undefined;
  try {
    const options = audioOptions(flags, session);
    for (const file of files) {
      await session.letOthersRun();
      try {
        rows.push(await classifier.embed(await openAudio(file, signal), options));
      } catch (error) {
        signal.throwIfAborted();
        rows.push(undefined);
        failures.push({ error, file });
      }
      progress?.update({ done: rows.length, total: files.length, unit: 'files' });
    }
  } finally {
    progress?.stop();
    await classifier.dispose();
  }
  for (const { error, file } of failures) session.fail(error, file);

  const dimensions = rows.find((row) => row !== undefined)?.length;
  if (dimensions === undefined) {
    throw new AudiozooError({
      code: 'audio',
      what: `${flags.out} is not written`,
      expected: 'a file that can be heard',
      got: `${files.length} that cannot`,
      hint: 'See the errors above, one for each file.',
    });
  }
  const table = new Float32Array(files.length * dimensions).fill(Number.NaN); // [files, dimensions]
  rows.forEach((row, place) => void (row && table.set(row, place * dimensions)));
  return {
    table: tensor('float32', [files.length, dimensions], table),
    errors: failures.map(({ error, file }) => ({ file, error: session.message(error) })),
  };
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
