// Teaches a model one's own sounds: from a model directory and labeled clips to a model directory.

import {
  type AnyModel,
  type ModelDirectory,
  openModelDirectory,
  type Parameter,
  type ProblemType,
} from '@audiozoo/core';
import { checkOptions, elementCount, storedParameters } from '@audiozoo/core/plugin';
import { chooseModel, filesAt, loadedPlugin } from '@audiozoo/tasks';
import type { Recipe } from '../recipe/recipe.js';
import { usualRecipe } from '../recipe/usual-recipe.js';
import { modelCard } from '../report/model-card.js';
import { reportPage } from '../report/report-page.js';
import { checkTrains, type Trainer } from '../trainer/trainer.js';
import type { Beginning } from './begin.js';
import { checkLoss, checkNumbers, checkSets } from './check-request.js';
import { removeClips } from './clips/clip-cache.js';
import { removeEmbeddings } from './clips/embeddings.js';
import { averagedWeights, type Place } from './epochs.js';
import { type FineTuneOptions, fineTuneOptionKinds } from './fine-tune-options.js';
import type { FineTuned } from './fine-tuned.js';
import { headSession, trainsOnEmbeddings } from './head-session.js';
import { readEpoch, removeEpochs } from './kept/kept-epochs.js';
import { clipsFingerprint, modelFingerprint, settingsFingerprint } from './kept/subject.js';
import { writeText } from './kept/training-folder.js';
import { askedFor, readRecord, type TrainingRecord, writeRecord } from './kept/training-record.js';
import { stateFile, type TrainingSubject } from './kept/training-state.js';
import { summarizeTraining } from './kept/training-summary.js';
import { writeModel } from './kept/write-model.js';
import { prepareTraining } from './prepare.js';
import { runTraining } from './run-training.js';
import type { Training } from './training-session.js';
import { wholeSession } from './whole-session.js';

/**
 * Trains a model and writes it to `out`. The same call after an interruption goes on where it was, and ends with the same bits as one that
 * was never interrupted, on the same backend with as many threads. Throws an `argument` error when the backend does not train or the
 * clips do not go with the recipe, an `audio` error on too many bad clips, a `file` error when `out` holds another training or is
 * full: what was kept is then as it was.
 */
export async function fineTune(options: FineTuneOptions): Promise<FineTuned> {
  checkOptions('fineTune', options, fineTuneOptionKinds);
  const { from, models, backend, train, validation, trainable = 'head', seed = 0, out, signal } = options;
  const started = performance.now();
  checkTrains(backend);
  checkSets(train, validation);
  const { recipe = usualRecipe(trainable, train), choose = 'best' } = options;
  checkNumbers(options, recipe);
  checkLoss(recipe, train, validation);
  const problemType: ProblemType =
    recipe.loss.kind === 'bce' ? 'multi_label_classification' : 'single_label_classification';
  const files = await filesAt(from, { models, signal });
  const directory = await openModelDirectory(files, { signal });
  try {
    const model = await loadedPlugin(chooseModel(models, directory.config.model_type));
    const asked = await askedFor(directory, options, recipe);
    const { epochs } = (await readRecord(out, asked)) ?? {};
    const { begun, config, selection, surveys, statistics } = await prepareTraining(
      model,
      directory,
      { recipe, problemType },
      options,
    );
    const training: Training = {
      ...{ model, begun, config, selection, recipe, backend, seed, problemType, signal },
      ...{ microBatch: options.microBatch, labels: train.labels.length, folder: out },
      ...{ clips: surveys.train.kept, validation: surveys.validation?.kept },
      onProgress: options.onProgress,
    };
    const session = await (trainsOnEmbeddings(training) ? headSession : wholeSession)(training);
    const { trainer } = session;
    try {
      const learningRate = chooseRate(recipe, model, directory);
      const { labels } = train;
      const subject: TrainingSubject = {
        model: await modelFingerprint(
          [directory.config, directory.preprocessorConfig],
          directory.weights.tensors,
        ),
        clips: clipsFingerprint(
          { labels, clips: training.clips },
          training.validation && { labels, clips: training.validation },
        ),
        settings: settingsFingerprint({
          ...{ recipe, learningRate, trainable, seed, inputs: model.inputs(config) },
          ...{ statistics, microBatch: session.microBatch },
        }),
        device: `${backend.name} ${trainer.device}`,
      };
      const { place, isResumed } = await runTraining(training, session, {
        subject,
        learningRate,
        record: { asked, epochs },
        options,
      });
      const { weights, chosen } =
        typeof choose === 'number'
          ? { weights: await readEpoch(out, choose), chosen: choose }
          : chooseWeights(place, recipe, trainer);
      const judgement = validation && (await session.judge(weights));
      if (choose !== 'later') {
        await writeModel(out, begun, withHeadAlongTime(model, begun, await session.merge(weights)));
      }
      const tuned: FineTuned = {
        ...{ from: files.name, config: begun.configJson, hears: model.frontEnd(begun.config) },
        inTransformers: (await model.transformers?.())?.(begun.configJson),
        ...{ labels, recipe, trainable, learningRate, seed, device: trainer.device },
        ...{ problemType, statistics, chosen, judgement },
        seconds: isResumed ? undefined : (performance.now() - started) / 1000,
        trainedCount: countOf(trainer.parameters),
        parameterCount: countOf(storedParameters(model.parameters(begun.config))),
        epochs: place.records,
        clips: { training: surveys.train.clips, validation: surveys.validation?.clips ?? [] },
        bad: [...surveys.train.bad, ...(surveys.validation?.bad ?? [])],
        cut: surveys.train.cut,
        assumptions: begun.assumptions,
      };
      if (choose === 'later') {
        await writeRecord(out, { asked, epochs: tuned.epochs });
        return tuned;
      }
      await writeText(out, 'README.md', modelCard(tuned));
      await writeText(out, 'report.html', await reportPage(tuned, { signal }));
      await writeRecord(out, { asked, result: summarizeTraining(tuned) });
      await out.remove(stateFile);
      await removeEpochs(out, place.epoch);
      for (const set of ['training', 'validation']) {
        await removeClips(out, set);
        await removeEmbeddings(out, set);
      }
      return tuned;
    } finally {
      await session.dispose();
    }
  } finally {
    await directory.weights.close();
  }
}

/**
 * What is in the folder of a call of `fineTune`, before anything is done: undefined where it is free, without a `result` where that call
 * would begin or go on, and with one where it has ended. Throws a `file` error where the folder holds something else.
 */
export async function findTraining(options: FineTuneOptions): Promise<TrainingRecord | undefined> {
  checkOptions('findTraining', options, fineTuneOptionKinds);
  const { from, models, train, trainable = 'head', out, signal } = options;
  const files = await filesAt(from, { models, signal });
  const directory = await openModelDirectory(files, { signal });
  try {
    const recipe = options.recipe ?? usualRecipe(trainable, train);
    return await readRecord(out, await askedFor(directory, options, recipe));
  } finally {
    await directory.weights.close();
  }
}

function countOf(parameters: readonly Parameter[]): number {
  return parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

function chooseWeights(
  place: Place,
  { averagedEpochs }: Recipe,
  trainer: Trainer,
): { readonly weights: ReadonlyMap<string, Float32Array>; readonly chosen: FineTuned['chosen'] } {
  const averaged = averagedEpochs && averagedWeights(place, averagedEpochs);
  if (averaged)
    return { weights: averaged, chosen: [averagedEpochs[0], Math.min(averagedEpochs[1], place.epoch)] };
  if (place.best) return { weights: place.best.weights, chosen: place.best.epoch };
  return { weights: trainer.weights(), chosen: place.epoch };
}

/** Clips do not train what reads embeddings along time by itself: a new one does as the head does. */
function withHeadAlongTime(
  model: AnyModel,
  { config, isNewHead }: Beginning,
  trained: ReadonlyMap<string, Float32Array>,
): ReadonlyMap<string, Float32Array> {
  const { head, alongTime } = model.parts?.(config) ?? {};
  if (!isNewHead || !alongTime) return trained;
  const ofHead = storedParameters(head);
  const copies = storedParameters(alongTime).map(
    ({ name }, index) => [name, trained.get(ofHead[index]!.name)!] as const,
  );
  return new Map([...trained, ...copies]);
}

/** The official recipe for ESC-50 has another rate for weights that have not heard AudioSet: its 527 classes tell. */
function chooseRate(recipe: Recipe, model: AnyModel, { config, preprocessorConfig }: ModelDirectory): number {
  const labels = model.labels?.(model.readConfig(config, preprocessorConfig)) ?? [];
  const hasHeardAudioset = labels.length === audiosetClasses;
  return (hasHeardAudioset ? undefined : recipe.learningRateWithoutAudioset) ?? recipe.learningRate;
}

const audiosetClasses = 527;
