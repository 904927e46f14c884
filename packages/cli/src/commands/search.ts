import { AudiozooError } from '@audiozoo/core';
import { oneLine } from '@audiozoo/core/plugin';
import {
  embeddingIndex,
  type LoadClassifierOptions,
  loadClassifier,
  loadWordReader,
  placesApart,
} from '@audiozoo/tasks';
import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { chooseBackend, deviceFlags } from '../flags/device.js';
import { wholeNumber, words } from '../flags/flag-value.js';
import { oneModel, openModel } from '../flags/model.js';
import { loadPlugins } from '../flags/plugin.js';
import { hearingFlags, partFlags, refuseSoundFlags } from '../flags/sound.js';
import { embedSound } from '../input/embed-sound.js';
import { readIndex } from '../input/index-file.js';
import { createSession, type Session, UsageError } from '../session/session.js';

const declared = addFlags(
  new Command('search')
    .description('Find the sounds, of those that `embed` wrote, that are nearest to words or to a sound.')
    .requiredOption('--index <file.npy>', 'what `embed` wrote, with file.json beside it')
    .option('--query <text>', 'words, for models that read them', words)
    .option('--like <audio>', 'a sound')
    .option('--model <dir>', `${oneModel} (default: the one of the index)`)
    .option('--top-k <n>', 'how many, nearest first', wholeNumber(1), 10)
    .option('--json', '[{ name, score, index }] on stdout; of windows start and end too')
    .addHelpText(
      'after',
      `
Scores are cosines, from -1 to 1. Sounds that could not be heard are left out. Where the index has rows of windows
(\`embed --aggregate none\`), it tells where in the sound they are; of windows that overlap, only the nearest.

Examples:
  $ audiozoo embed *.wav --model laion/clap-htsat-unfused --out sounds.npy
  $ audiozoo search --index sounds.npy --query "This is a sound of glass breaking."
  $ audiozoo search --index places.npy --query "This is a sound of glass breaking." --top-k 5
  $ audiozoo search --index sounds.npy --like dog.wav --top-k 3 --json`,
    ),
  partFlags,
  hearingFlags,
  deviceFlags,
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((flags, called) => search(flags, createSession(called, signal)));

async function search(flags: Flags, session: Session): Promise<void> {
  if ((flags.query === undefined) === (flags.like === undefined)) {
    throw new UsageError('Give either --query or --like.');
  }
  if (flags.query !== undefined) refuseSoundFlags(flags, '--query is words');
  const { table, rows, model: own, size } = await readIndex(flags.index);
  const model = flags.model ?? own;
  if (model === undefined) {
    throw new AudiozooError({
      code: 'file',
      what: `${flags.index} does not say which model it is of`,
      expected: 'the one that embeds the question too',
      option: 'model',
      hint: 'Name it: `model`.',
    });
  }
  const plugins = await loadPlugins(flags.plugin);
  const backend = await chooseBackend(flags, plugins, { workers: 0 }); // one run
  const loading = { models: plugins.models, backend, size };
  const query = await embedQuestion(model, loading, flags, session);
  const haveTimes = rows.some(({ start }) => start !== undefined);
  const found = embeddingIndex(table).search(query, { topK: haveTimes ? rows.length : flags.topK });
  const all = found.map(({ index, score }) => {
    const { name, ...times } = rows[index]!;
    return { name, ...times, score, index };
  });
  const results = haveTimes ? placesApart(all, flags.topK) : all;
  if (flags.json) return session.printJson(results);
  for (const { name, start, end, score } of results) {
    const place = start === undefined ? '' : `  ${start.toFixed(2)} – ${end!.toFixed(2)} s`;
    session.print(`${score.toFixed(4).padStart(8)}  ${oneLine(name)}${place}`);
  }
}

/** The question as an embedding. */
async function embedQuestion(
  name: string,
  { size, ...loading }: LoadClassifierOptions,
  flags: Flags,
  session: Session,
): Promise<Float32Array> {
  const { signal } = session;
  const files = await openModel(name, loading.models, session);
  if (flags.like !== undefined) {
    const classifier = await loadClassifier(files, { ...loading, size, signal });
    session.note(`${name} on ${classifier.device}`);
    try {
      await session.letOthersRun();
      const [row] = await embedSound(classifier, flags.like, flags, session);
      return row!.embedding;
    } finally {
      await classifier.dispose();
    }
  }
  const reader = await loadWordReader(files, { ...loading, signal });
  session.note(`${name} on ${reader.device}`);
  try {
    const { embedding, cut } = await reader.read([flags.query!]);
    if (cut.length > 0) session.warn('the end of --query is not read: too long');
    return embedding.data;
  } finally {
    await reader.dispose();
  }
}
