import { frontEnd as astFrontEnd, audioset } from '@audiozoo/ast';
import { type AnyModel, AudiozooError, type FrontEnd, type Tensor, tensor, writeNpy } from '@audiozoo/core';
import { formatShape, readJson, readPreprocessorConfig } from '@audiozoo/core/plugin';
import { chooseModel, loadAudio } from '@audiozoo/tasks';
import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { openModel } from '../flags/model.js';
import { loadPlugins } from '../flags/plugin.js';
import { audioOptions, hearingFlags, partFlags, soundFile } from '../flags/sound.js';
import { openAudio } from '../input/standard-input.js';
import { checkOutput, writeOutput } from '../output/output-file.js';
import { createSession, type Session } from '../session/session.js';

const declared = addFlags(
  new Command('features')
    .description("Write the features that a model hears, as NumPy's .npy: float32 [frames, mel bins].")
    .argument('<audio>', soundFile)
    .requiredOption('--out <file.npy>', 'the file to write')
    .option('--raw', 'before padding and normalizing')
    .option('--model <dir>', 'the model directory whose front end to use (default: the AudioSet preset)')
    .option('--json', 'what was written as JSON on stdout')
    .addHelpText(
      'after',
      `
Examples:
  $ audiozoo features dog.wav --out dog.npy
  $ audiozoo features dog.wav --out dog.npy --raw
  $ audiozoo features zero.wav --out zero.npy --model digits`,
    ),
  partFlags,
  hearingFlags,
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((file, flags, called) => features(file, flags, createSession(called, signal)));

/** Seconds beyond the window that are read: some that resampling looks at, and to see that there is more. */
const margin = 1;

async function features(file: string, flags: Flags, session: Session): Promise<void> {
  const { signal } = session;
  const { models } = await loadPlugins(flags.plugin);
  await checkOutput(flags.out);
  const frontEnd =
    flags.model === undefined ? audiosetFrontEnd() : await openFrontEnd(flags.model, models, session);
  const options = audioOptions(flags, session);
  const { sampleRate, maxSamples } = frontEnd;
  const enough = flags.raw ? Infinity : maxSamples / sampleRate + margin;
  const samples = await loadAudio(await openAudio(file, signal), sampleRate, {
    ...options,
    duration: Math.min(options.duration ?? Infinity, enough),
  });

  const result = flags.raw ? frontEnd.features(samples) : onlyInput(frontEnd, samples);
  const [frames] = result.shape;
  const cut = !flags.raw && samples.length > frontEnd.maxSamples;
  if (cut) {
    session.warn(
      `${file} is longer than the model's window: cut at ${frames} frames (--raw gives them all).`,
    );
  }
  await writeOutput(flags.out, writeNpy(result), signal);
  if (flags.json) session.printJson({ file, out: flags.out, shape: result.shape, cut });
  else session.note(`${flags.out}: float32 ${formatShape(result.shape)}`);
}

/** The official AudioSet recipe: what most checkpoints were trained with. */
function audiosetFrontEnd(): FrontEnd {
  return astFrontEnd({ ...audioset, melBins: 128, sampleRate: 16000 });
}

/** A model directory's front end; its weights are not needed. */
async function openFrontEnd(
  directory: string,
  models: readonly AnyModel[],
  session: Session,
): Promise<FrontEnd> {
  const files = await openModel(directory, models, session, { withWeights: false });
  const config = await readJson(files, 'config.json');
  if (!config) {
    throw new AudiozooError({
      code: 'model',
      what: `${directory} is not a model directory`,
      expected: 'config.json in it',
      hint: 'Convert a PyTorch checkpoint with `audiozoo convert`, or leave --model out for the AudioSet preset.',
    });
  }
  const model = chooseModel(models, config.model_type);
  return model.frontEnd(model.readConfig(config, await readPreprocessorConfig(files)));
}

/** One clip's input without the batch: [frames, columns]. */
function onlyInput(frontEnd: FrontEnd, samples: Float32Array): Tensor<'float32'> {
  const inputs = Object.values(frontEnd.inputs([samples]));
  if (inputs.length !== 1) {
    throw new AudiozooError({
      code: 'model',
      what: 'the model takes several inputs, and one file holds one',
      expected: 'one input',
      got: `${inputs.length}`,
      hint: 'Use --raw.',
    });
  }
  const [{ shape, data }] = inputs as [Tensor<'float32'>];
  return tensor('float32', shape.slice(1), data);
}
