import { AudiozooError, tensor, writeNpy } from '@audiozoo/core';
import { formatShape } from '@audiozoo/core/plugin';
import { loadClassifier } from '@audiozoo/tasks';
import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { chooseBackend, deviceFlags } from '../flags/device.js';
import { oneModel, openModel } from '../flags/model.js';
import { sizeFlags, sizeOf } from '../flags/model-settings.js';
import { loadPlugins } from '../flags/plugin.js';
import { audioOptions, hearingFlags, partFlags, soundFile } from '../flags/sound.js';
import { openAudio } from '../input/standard-input.js';
import { checkOutput, writeOutput } from '../output/output-file.js';
import { createSession, type Session, UsageError } from '../session/session.js';

const declared = addFlags(
  new Command('embed')
    .description("Write what a model makes of sound files, as NumPy's .npy: float32 [files, dimensions].")
    .argument('<audio...>', soundFile)
    .requiredOption('--model <dir>', oneModel)
    .requiredOption('--out <file.npy>', 'the file to write; beside it file.json names the sounds, row by row')
    .option('--json', '{ out, names, model, dimensions, shape, errors } on stdout')
    .addHelpText(
      'after',
      `
Of sound longer than the model takes at once, the beginning is heard: --start and --duration choose another part.
A file that cannot be heard fails alone: its row is NaN, the others go on, and the exit code is 1.

Examples:
  $ audiozoo embed *.wav --model ced-tiny --out sounds.npy`,
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
  const namesFile = `${flags.out.replace(/\.npy$/i, '')}.json`;
  if (namesFile === flags.out || /\.json$/i.test(flags.out)) {
    throw new UsageError('--out is an .npy file: the names of the sounds are written beside it, as .json.');
  }
  const plugins = await loadPlugins(flags.plugin);
  const backend = await chooseBackend(flags, plugins, files.length === 1 ? { workers: 0 } : {});
  await checkOutput(flags.out);
  await checkOutput(namesFile);
  const store = await openModel(flags.model, plugins.models, session);
  const classifier = await loadClassifier(store, {
    models: plugins.models,
    backend,
    size: sizeOf(flags),
    signal,
  });
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
    });
  }
  const table = new Float32Array(files.length * dimensions).fill(Number.NaN); // [files, dimensions]
  rows.forEach((row, place) => void (row && table.set(row, place * dimensions)));
  const shape = [files.length, dimensions];
  const index = { names: files, model: flags.model, dimensions };
  await writeOutput(flags.out, writeNpy(tensor('float32', shape, table)), signal);
  await writeOutput(namesFile, Buffer.from(`${JSON.stringify(index, null, 2)}\n`), signal);
  if (flags.json) {
    const errors = failures.map(({ error, file }) => ({ file, error: session.message(error) }));
    session.printJson({ out: flags.out, ...index, shape, errors });
  } else {
    session.note(`${flags.out}: float32 ${formatShape(shape)}`);
  }
}
