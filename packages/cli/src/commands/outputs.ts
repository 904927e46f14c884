import { tensor, writeNpy } from '@audiozoo/core';
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
import { createSession, type Session } from '../session/session.js';

const declared = addFlags(
  new Command('outputs')
    .description("Write an output that a model declares, of one sound, as NumPy's .npy: float32.")
    .argument('<audio>', soundFile)
    .requiredOption('--model <dir>', oneModel)
    .requiredOption('--name <name>', 'the output: logits, embedding, and what the model has beside them')
    .requiredOption('--out <file.npy>', 'the file to write, without the batch')
    .option('--json', '{ file, out, name, shape } on stdout')
    .addHelpText(
      'after',
      `
Sound longer than the model takes at once fails: choose a part with --start and --duration.

Examples:
  $ audiozoo outputs dog.wav --model ced-tiny --name hidden.3 --out hidden.npy`,
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
  declared.action((file, flags, called) => outputs(file, flags, createSession(called, signal)));

async function outputs(file: string, flags: Flags, session: Session): Promise<void> {
  const { signal } = session;
  const plugins = await loadPlugins(flags.plugin);
  const { models } = plugins;
  const backend = await chooseBackend(flags, plugins, { workers: 0 }); // one run
  await checkOutput(flags.out);
  const files = await openModel(flags.model, models, session);
  const classifier = await loadClassifier(files, {
    models,
    backend,
    size: sizeOf(flags),
    outputs: [flags.name],
    signal,
  });
  try {
    session.note(`${flags.model} on ${classifier.device}`);
    await session.letOthersRun();
    const sound = await openAudio(file, signal);
    const found = await classifier.outputs(sound, [flags.name], audioOptions(flags, session));
    const { shape, data } = found[flags.name]!;
    const ofClip = shape.slice(1); // one clip, without the batch
    await writeOutput(flags.out, writeNpy(tensor('float32', ofClip, data)), signal);
    if (flags.json) session.printJson({ file, out: flags.out, name: flags.name, shape: ofClip });
    else session.note(`${flags.out}: float32 ${formatShape(ofClip)}`);
  } finally {
    await classifier.dispose();
  }
}
