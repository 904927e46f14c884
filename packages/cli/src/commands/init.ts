import { directorySink, initializeModel } from '@audiozoo/converters';
import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
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
    .description('Begin a model for new labels from a trained one.')
    .requiredOption(
      '--from <path>',
      'a checkpoint that one of the models can begin from, or a model directory',
    )
    .requiredOption('--out <dir>', 'the directory to write; whole or not at all')
    .option('--seed <n>', "of the new head's random numbers", wholeNumber(0), 0)
    .option('--json', 'what was written and assumed as JSON on stdout')
    .addHelpText(
      'after',
      `
The head is new, and --labels is needed. --help --model-type TYPE says what a kind of model begins from, how,
and what can be set of the new one.

Examples:
  $ audiozoo init --from deit_base_distilled_patch16_384.pth --labels labels.csv --out birds
  $ audiozoo init --from ast-audioset --labels esc50.csv --frames 512 --out esc50
  $ audiozoo init --from deit_tiny_distilled_patch16_224.pth --labels digits.csv --frames 128 --out digits
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
export const completeFlags = () => declareSettings(declared, async (model) => model.initialization?.());

async function init(flags: Flags, session: Session): Promise<void> {
  const { from, out, seed, dtype } = flags;
  const models = await modelsFor(flags);
  const { labels, ...options } = await conversionOptions(flags);
  if (!labels) throw new UsageError('--labels FILE.csv says what the new model is to tell apart.');
  const told = { ...options, ...sourceOptions(flags), labels, seed, models, dtype };
  const report = await session.watch((watching) =>
    withSource(from, (source) =>
      initializeModel(source, { ...told, ...watching, output: directorySink(out) }),
    ),
  );

  if (flags.json) session.printJson({ from, out, seed, ...report });
  else {
    session.print(describeConversion(from, out, report));
    session.note('Its head is random: train it before you believe it.');
  }
}
