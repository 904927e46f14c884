// Teaches a model one's own sounds: from a model directory and labeled clips to a model directory.

import type { FileStore } from '@audiozoo/core';
import { summarizeTraining } from '@audiozoo/training';
import { trainingFolder } from '@audiozoo/training/files';
import { Command, Option } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { chooseBackend, deviceFlags } from '../flags/device.js';
import { decimal, wholeNumber } from '../flags/flag-value.js';
import { oneModel, openModel } from '../flags/model.js';
import { loadPlugins } from '../flags/plugin.js';
import { audioOptions, hearingFlags } from '../flags/sound.js';
import { createSession, type Session, UsageError } from '../session/session.js';
import { readClips } from '../training/clips.js';
import { costText, measureCosts } from '../training/costs.js';
import { crossValidate, crossValidationText } from '../training/cross-validation.js';
import { openTrainingFolder } from '../training/folder.js';
import { chooseRecipe, recipeNames, trainablePart } from '../training/recipe.js';
import { trainingText } from '../training/report.js';
import { trainOnce } from '../training/train-once.js';

const declared = addFlags(
  new Command('train')
    .description('Teach a model your sounds, by labeled clips.')
    .requiredOption('--model <dir>', oneModel)
    .requiredOption(
      '--data <path>',
      'clips: a CSV file,label[,fold][,start,end], a folder with one for each class, or the official JSON',
    )
    .option('--out <dir>', 'the model directory to write; an interrupted training goes on in it')
    .option('--labels <file.csv>', 'the classes, in the order of outputs (default: those of the clips)')
    .option('--audio-folder <folder>', "where clips' paths start (default: where the list is)")
    .option(
      '--window <s>',
      'longer recordings are clips of so many seconds, one after another (default: their beginnings are heard)',
      decimal({ above: 0 }),
    )
    .option('--validation <path>', 'clips to judge epochs by, in the same forms')
    .option(
      '--hold-out <share>',
      'judge by this share of the clips, of each class alike: 0.2',
      decimal({ above: 0, below: 1 }),
    )
    .option('--fold <n>', 'judge by this fold of the clips, train on the others', wholeNumber(0, 9999))
    .option(
      '--folds <k>',
      'cross-validation: a model for each fold, in OUT/fold-1 and so on',
      wholeNumber(2, 1000),
    )
    .option(
      '--trainable <part>',
      'head, last:N (blocks), all, lora:R (of rank R) (default: head)',
      trainablePart,
    )
    .option(
      '--recipe <name|file.json>',
      `${recipeNames.join(', ')}, or a file, NAME.json (default: by --trainable)`,
    )
    .option('--epochs <n>', "times that all clips are heard (default: the recipe's)", wholeNumber(1))
    .option('--batch <n>', "clips in an update (default: the recipe's)", wholeNumber(1))
    .option('--learning-rate <x>', "of an update (default: the recipe's)", decimal({ above: 0 }))
    .option(
      '--frames <n>',
      'clips are cut or padded to so many (default: as the model has it)',
      wholeNumber(1),
    )
    .option('--patience <n>', 'end when so many epochs in a row were no better', wholeNumber(1))
    .addOption(
      new Option(
        '--batch-norms <how>',
        'as they are, or trained with what trains, as from nothing they must (default: frozen)',
      ).choices(['frozen', 'trained']),
    )
    .addOption(
      new Option(
        '--statistics <of>',
        'mean and deviation of features: of these clips, or as they were',
      ).choices(['model', 'data']),
    )
    .option('--seed <n>', 'of all random numbers', wholeNumber(0, 2 ** 32 - 1), 0)
    .option('--max-bad <n>', 'skip up to so many clips that cannot be heard', wholeNumber(0), 0)
    .option(
      '--micro-batch <n>',
      'clips that are run at once: less takes less memory (default: 8)',
      wholeNumber(1),
    )
    .option('--no-cache', 'decode each clip in each epoch, where OUT has no room: 0.5 MB for ten seconds')
    .option('--cost', 'measure a step of each --trainable, say what all would take, and train nothing')
    .option('--json', 'what came of it as JSON on stdout')
    .addHelpText(
      'after',
      `
The head alone trains on embeddings, which each clip is heard for once. last:N, all and lora:R hear each clip in
every epoch; --cost says how long that takes here.

The same command after an interruption goes on where it was, and ends with the same bits as without, on the same
device with as many --threads. Ctrl-C stops after the step under way.

Where clips are kept back (--validation, --hold-out, --fold), the epoch that they are told best in is the model's;
else the last. --folds chooses one epoch for all folds, by the mean of their figures, as the protocol of ESC-50 does:
the clips' own folds, or K of each class alike.

Examples:
  $ audiozoo train --model ced-tiny --data recordings --hold-out 0.2 --out birds
  $ audiozoo train --model ast-audioset --data clips.csv --fold 1 --trainable last:2 --out birds
  $ audiozoo train --model ast-audioset --data clips.csv --cost
  $ audiozoo train --model ast-audioset --data esc50.csv --folds 5 --recipe esc50 --trainable all --out esc50`,
    ),
  hearingFlags,
  deviceFlags,
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((flags, called) => train(flags, createSession(called, signal)));

async function train(flags: Flags, session: Session): Promise<void> {
  const { model, out, seed, statistics, maxBad, microBatch, cache, folds, cost } = flags;
  const { validation, holdOut, fold } = flags;
  const kept = { '--validation': validation, '--hold-out': holdOut, '--fold': fold, '--folds': folds };
  const told = Object.entries(kept).filter(([, value]) => value !== undefined);
  if (told.length > 1)
    throw new UsageError(`${told.map(([name]) => name).join(' and ')} do not go together.`);
  if (out === undefined && !cost) throw new UsageError('--out DIR says where the model goes.');
  if (folds !== undefined && flags.patience !== undefined) {
    throw new UsageError(
      '--patience does not go with --folds: all folds have the same epochs to choose from.',
    );
  }

  const { models, backends } = await loadPlugins(flags.plugin);
  const backend = await chooseBackend(flags, { models, backends });
  const files = await openModel(model, models, session);
  const clips = await readClips(flags, {
    audio: readingOptions(flags, session),
    files,
    models,
    seed,
    ...session,
  });
  const first = 'train' in clips ? clips : clips[0]!;
  const trainable = flags.trainable ?? 'head';
  const recipe = await chooseRecipe(flags, trainable, first.train);
  const options = {
    ...{
      from: named(files, model),
      models,
      backend,
      recipe,
      trainable,
      statistics,
      seed,
      maxBad,
      microBatch,
      cache,
    },
    signal: session.signal,
  };

  if (cost) {
    const costs = await measureCosts(options, first.train, flags, session);
    if (flags.json) session.printJson(costs);
    else session.print(costText(costs));
    return;
  }
  if (flags.trainable === undefined) {
    session.note('The head alone is trained: last:1 or all may tell more, and --cost what they take');
  }
  const folder = await openTrainingFolder(out!, { folds: folds !== undefined });
  try {
    if ('train' in clips) {
      const trained = await trainOnce({ ...options, ...clips, out: trainingFolder(out!) }, session, {
        isDone: ({ result }) => result !== undefined,
      });
      const summary = 'tuned' in trained ? summarizeTraining(trained.tuned) : trained.found.result!;
      if ('found' in trained) session.note(`${out} holds this very training, finished: nothing was done`);
      if (flags.json) session.printJson({ out, ...summary });
      else session.print(trainingText(out!, summary));
    } else {
      const result = await crossValidate(out!, clips, options, session);
      if (flags.json) session.printJson({ out, ...result });
      else session.print(crossValidationText(out!, result));
    }
  } finally {
    await folder.close();
  }
}

/** Sound as the flags have it read. What is said of a clip is said once, however often it is heard. */
function readingOptions(flags: Flags, session: Session) {
  const said = new Set<string>();
  const warn = (text: string) => {
    if (said.has(text)) return;
    said.add(text);
    session.warn(text);
  };
  const { channel, kernel, decoders, decoder, onNote } = audioOptions(flags, {
    signal: session.signal,
    warn,
  });
  return { channel, kernel, decoders, decoder, onNote };
}

/** The same files by the name that a person gave. */
function named(files: FileStore, name: string): FileStore {
  return { ...files, name, open: (file) => files.open(file) };
}
