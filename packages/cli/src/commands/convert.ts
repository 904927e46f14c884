import { openFiles } from '@audiozoo/core/files';
import { readJson } from '@audiozoo/core/plugin';
import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import {
  checkpointFlags,
  conversionFlags,
  conversionOptions,
  convertTo,
  describeConversion,
  foreignCheckpointOf,
  sourceOptions,
} from '../flags/conversion.js';
import { openModel } from '../flags/model.js';
import { declareSettings } from '../flags/model-settings.js';
import { modelsFor } from '../flags/plugin.js';
import { isFolder } from '../input/path.js';
import { createSession, type Session } from '../session/session.js';

const declared = addFlags(
  new Command('convert')
    .description('Turn a PyTorch checkpoint into a model directory (Hugging Face form).')
    .argument(
      '<checkpoint>',
      'a .pth, .pt or .safetensors file, a Hugging Face directory, or the folder of a PEFT adapter',
    )
    .requiredOption('--out <dir>', 'the directory to write; whole or not at all')
    .option('--base <dir>', 'the model directory that an adapter was trained on: it is merged into it')
    .option('--json', 'what was written and assumed as JSON on stdout')
    .addHelpText(
      'after',
      `
What a checkpoint does not say is taken from the official recipes where it is one of theirs; each
assumption is printed. Weights are found below any key and prefix; where several sets of them fit, the error
lists their keys, and --key takes one. Averages (EMA) are taken when they are asked for.

Examples:
  $ audiozoo convert audioset_10_10_0.4593.pth --out ast-audioset
  $ audiozoo convert digits.pth --out digits --fstride 16 --tstride 16 --frames 128
  $ audiozoo convert --help --model-type audio-spectrogram-transformer
  $ audiozoo convert esc50.pth --out esc50 --dtype float16
  $ audiozoo convert lightning.ckpt --key ema_state_dict --out birds
  $ audiozoo convert state_dict.pth --config ast/config.json --out birds
  $ audiozoo convert lora-birds --base ast-audioset --labels birds.csv --out birds`,
    ),
  checkpointFlags,
  conversionFlags,
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((checkpoint, flags, called) => convert(checkpoint, flags, createSession(called, signal)));

/** Gives it the flags of the models that the command line may be about. */
export const completeFlags = () => declareSettings(declared, foreignCheckpointOf);

async function convert(checkpoint: string, flags: Flags, session: Session): Promise<void> {
  const models = await modelsFor(flags);
  const base = flags.base ?? (await findBase(checkpoint));
  const options = {
    ...(await conversionOptions(flags)),
    ...sourceOptions(flags),
    dtype: flags.dtype,
    ...(base !== undefined && { base: await openModel(base, models, session) }),
  };
  const report = await convertTo(flags.out, checkpoint, models, options, session);
  if (flags.json) session.printJson({ checkpoint, out: flags.out, ...report });
  else session.print(describeConversion(checkpoint, flags.out, report));
}

/** The folder that an adapter was trained on, by its adapter_config.json; undefined where it names none that is here. */
async function findBase(path: string): Promise<string | undefined> {
  if (!(await isFolder(path))) return undefined;
  const adapter = await readJson(await openFiles(path), 'adapter_config.json');
  const base = adapter?.base_model_name_or_path;
  return typeof base === 'string' && (await isFolder(base)) ? base : undefined;
}
