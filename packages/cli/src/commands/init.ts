import { beginModel, directorySink, initializeModel } from '@audiozoo/converters';
import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf, refuseFlags } from '../flags/common.js';
import {
  conversionFlags,
  conversionOptions,
  describeConversion,
  sourceOptions,
} from '../flags/conversion.js';
import { wholeNumber } from '../flags/flag-value.js';
import { declareSettings } from '../flags/model-settings.js';
import { modelsFor } from '../flags/plugin.js';
import { withSource } from '../input/path.js';
import { createSession, type Session, UsageError } from '../session/session.js';

const declared = addFlags(
  new Command('init')
    .description('Begin a model for new labels, from a trained one or from nothing.')
    .option(
      '--from <path>',
      'a checkpoint that one of the models can begin from, or a model directory (default: nothing)',
    )
    .requiredOption('--out <dir>', 'the directory to write; whole or not at all')
    .option('--seed <n>', 'of its random numbers', wholeNumber(0), 0)
    .option('--json', 'what was written and assumed as JSON on stdout')
    .addHelpText(
      'after',
      `
The head is new, and --labels is needed. Without --from all of the model is: its weights are random, its sizes are
said with --set, and --model-type says what it is. --help --model-type TYPE says what a kind of model begins from,
how, and what can be set of the new one.

Examples:
  $ audiozoo init --from deit_base_distilled_patch16_384.pth --labels labels.csv --out birds
  $ audiozoo init --from ast-audioset --labels esc50.csv --frames 512 --out esc50
  $ audiozoo init --from deit_tiny_distilled_patch16_224.pth --labels digits.csv --frames 128 --out digits
  $ audiozoo init --model-type audio-spectrogram-transformer --labels labels.csv --set embedDim=192 --set depth=4 --out fresh
  $ audiozoo init --help --model-type audio-spectrogram-transformer`,
    ),
  conversionFlags,
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((flags, called) => init(flags, createSession(called, signal)));

/** Gives it the flags of the models that the command line may be about. */
export const completeFlags = () =>
  declareSettings(declared, async (model) => {
    const ways = [await model.initialization?.(), await model.freshStart?.()];
    return {
      about: ways.flatMap((way) => way?.about ?? []).join('\n'),
      settings: Object.assign({}, ...ways.map((way) => way?.settings)),
    };
  });

async function init(flags: Flags, session: Session): Promise<void> {
  const { from, out, seed, dtype, modelType, key } = flags;
  const models = await modelsFor(flags);
  const { labels, ...options } = await conversionOptions(flags);
  if (!labels) throw new UsageError('--labels FILE.csv says what the new model is to tell apart.');
  const told = { ...options, labels, seed, dtype };
  const output = directorySink(out);
  if (from === undefined) {
    if (modelType === undefined) {
      throw new UsageError('--from says what it begins from, or --model-type TYPE what begins from nothing.');
    }
    refuseFlags({ key }, 'is about what --from names');
  }
  const report = await session.watch((watching) => {
    if (from === undefined) return beginModel({ ...told, ...watching, model: models[0]!, output });
    return withSource(from, (source) =>
      initializeModel(source, { ...told, ...sourceOptions(flags), ...watching, models, output }),
    );
  });

  if (flags.json) session.printJson({ from: from ?? null, out, seed, ...report });
  else {
    session.print(describeConversion(from ?? 'From nothing', out, report));
    const what = from === undefined ? 'All of it' : 'Its head';
    session.note(`${what} is random: \`audiozoo train\` teaches it, and before you should not believe it.`);
  }
}
