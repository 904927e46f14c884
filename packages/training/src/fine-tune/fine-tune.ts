// Teaches a model one's own sounds: from a model directory and labeled clips to a model directory.

import {
  type AnyModel,
  AudiozooError,
  type Backend,
  type FileStore,
  type FrontEnd,
  type ModelDirectory,
  openModelDirectory,
  type Parameter,
  type ProblemType,
  type Weights,
} from '@audiozoo/core';
import type { FilesLocation } from '@audiozoo/core/files';
import {
  checkOptions,
  elementCount,
  type OptionKinds,
  quoteName,
  storedParameters,
} from '@audiozoo/core/plugin';
import { chooseModel, filesAt, loadedPlugin, type ModelChoice } from '@audiozoo/tasks';
import type { FeatureStatistics } from '../data/feature-statistics.js';
import { createLoss } from '../loss/loss.js';
import { createOptimizer } from '../optimizer/optimizer.js';
import { createRandom } from '../random/random.js';
import { checkRecipe, type Recipe } from '../recipe/recipe.js';
import { recipes } from '../recipe/recipes.js';
import { modelCard } from '../report/model-card.js';
import { reportPage } from '../report/report-page.js';
import { trainingLog } from '../report/training-log.js';
import { type Selection, selectTrained, type Trainable } from '../selection/selection.js';
import { checkTrains, type Trainer } from '../trainer/trainer.js';
import { type Beginning, beginTraining } from './begin.js';
import { checkAugmentable, keptOf } from './clip-batches.js';
import { clipCache, removeClips } from './clip-cache.js';
import { removeEmbeddings } from './embeddings.js';
import {
  averagedWeights,
  beginning,
  type EpochRecord,
  type Place,
  type StepRecord,
  trainEpochs,
} from './epochs.js';
import type { FineTuned } from './fine-tuned.js';
import { headSession, trainsOnEmbeddings } from './head-session.js';
import { keepEpoch, readEpoch, removeEpochs } from './kept-epochs.js';
import { clipsFingerprint, modelFingerprint, settingsFingerprint } from './subject.js';
import { type Survey, spectrogramShape, surveyClips } from './survey.js';
import type { TrainingSet } from './training-clip.js';
import { type TrainingFolder, writeText } from './training-folder.js';
import { askedFor, readRecord, type TrainingRecord, writeRecord } from './training-record.js';
import type { Training, TrainingSession } from './training-session.js';
import { readState, stateFile, type TrainingSubject, writeState } from './training-state.js';
import { summarizeTraining } from './training-summary.js';
import { wholeSession } from './whole-session.js';
import { writeModel } from './write-model.js';

export interface FineTuneOptions {
  /** A model directory: a folder, an address, a name, or files. */
  readonly from: FilesLocation | FileStore;
  readonly models: readonly ModelChoice[];
  /** One that trains. */
  readonly backend: Backend;
  readonly train: TrainingSet;
  /** Clips that epochs are judged by; absent: the last epoch is the result. */
  readonly validation?: TrainingSet | undefined;
  /** `recipes.head`, `recipes.lora` or `recipes.fineTuning` when absent, by what trains; where clips have several labels, by `bce` and mAP. */
  readonly recipe?: Recipe | undefined;
  /** `head` when absent. */
  readonly trainable?: Trainable | undefined;
  /** Mean and deviation that features are normalized by, for models that have some: of these clips, or as they were. `model` when absent. */
  readonly statistics?: 'data' | 'model' | undefined;
  /** 0 when absent. */
  readonly seed?: number | undefined;
  /** Clips that are run at once: an update of more has several runs. 8 when absent; of the head as many as an update has. */
  readonly microBatch?: number | undefined;
  /** Clips that cannot be heard are skipped, up to so many; 0 when absent. */
  readonly maxBad?: number | undefined;
  /** Clips are decoded once, and lie in `out` until the training ends: some 0.5 MB for ten seconds. True when absent; heads need none. */
  readonly cache?: boolean | undefined;
  /** Where the model goes, and where an interrupted training of the same goes on from. */
  readonly out: TrainingFolder;
  /**
   * Whose weights the model gets: `best`, when absent, of the epoch that the validation clips are told best by. `later`: each epoch's
   * are kept, no model is written, and the same call with an epoch's number, counted from 1, writes the model.
   */
  readonly choose?: 'best' | 'later' | number | undefined;
  /** Stops after the step under way. Where it was is kept, and the same call goes on from there. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
}

const optionKinds = {
  from: 'any',
  models: 'any',
  backend: 'any',
  train: 'record',
  validation: 'record',
  recipe: 'record',
  trainable: 'string',
  statistics: { choices: ['data', 'model'] },
  seed: 'number',
  microBatch: 'count',
  maxBad: 'number',
  cache: 'boolean',
  out: 'record',
  choose: 'any',
  signal: 'signal',
  onProgress: 'function',
} as const satisfies OptionKinds<FineTuneOptions>;

export type TrainingProgress =
  /** Each clip is heard once, to know what there is. */
  | { readonly phase: 'survey' | 'embedding' | 'judging'; readonly done: number; readonly total: number }
  | ({ readonly phase: 'training' } & StepRecord)
  | { readonly phase: 'epoch'; readonly record: EpochRecord }
  /** What was there of the same training: it goes on from here. */
  | { readonly phase: 'resumed'; readonly epoch: number; readonly step: number };

/** Milliseconds between two times that the state is kept, at least; and how many times as long as keeping it took. */
const leastPause = 1000;
const keepingShare = 20;

/**
 * Trains a model and writes it to `out`. The same call after an interruption goes on where it was, and ends with the same bits as one that
 * was never interrupted, on the same backend with as many threads. Throws an `argument` error when the backend does not train or the
 * clips do not go with the recipe, an `audio` error on too many bad clips, a `file` error when `out` holds another training or is
 * full: what was kept is then as it was.
 */
export async function fineTune(options: FineTuneOptions): Promise<FineTuned> {
  checkOptions('fineTune', options, optionKinds);
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
    const { begun, config, selection, surveys, statistics } = await prepare(
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
      const { place, isResumed } = await run(training, session, {
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
  checkOptions('findTraining', options, optionKinds);
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

interface Prepared extends Pick<Training, 'begun' | 'config' | 'selection'> {
  readonly surveys: { readonly train: Survey; readonly validation: Survey | undefined };
  readonly statistics: FeatureStatistics | undefined;
}

/** The model as it begins, after a look at all clips. What cannot be is told before that. */
async function prepare(
  model: AnyModel,
  directory: ModelDirectory,
  { recipe, problemType }: { readonly recipe: Recipe; readonly problemType: ProblemType },
  options: FineTuneOptions,
): Promise<Prepared> {
  const { train, validation, trainable = 'head', statistics = 'model', seed = 0, signal } = options;
  const { maxBad = 0, cache = true, out, onProgress } = options;
  const { frames } = recipe;
  const known = (await model.initialization?.())?.settings ?? {};
  const isSetting = frames !== undefined && Object.hasOwn(known, 'frames');
  const settings: Record<string, number> = isSetting ? { frames } : {};
  const beginOptions = { labels: train.labels, problemType, seed };
  const first = await beginTraining(model, directory, { ...beginOptions, settings });
  const resized = (config: unknown) =>
    frames === undefined || isSetting ? config : resizedConfig(model, config, frames);
  const sized = resized(first.config);
  const shape = spectrogramShape(model, sized);
  if (statistics === 'data' && !(shape && ['mean', 'std'].every((name) => Object.hasOwn(known, name)))) {
    throw withoutStatistics(model);
  }
  const selection = selectTrained(model, first.config, trainable);
  refuseQuantized(first.weights, selection);
  checkAugmentable(model, sized, recipe.augmentation);

  const total = train.clips.length + (validation?.clips.length ?? 0);
  const frontEnd = model.frontEnd(sized);
  const isKept = cache && !trainsOnEmbeddings({ model, begun: first, selection, recipe });
  const cacheOf = (set: string, { clips }: TrainingSet, frontEnd: FrontEnd, keeps: string) => {
    const { key = model.type, sampleRate, minSamples, maxSamples } = frontEnd;
    const subject = [keeps, key, sampleRate, minSamples, maxSamples];
    return isKept ? clipCache({ folder: out, set, clips, subject }) : undefined;
  };
  const keeps = keptOf(frontEnd, recipe.augmentation);
  const ofTrain = await surveyClips(train.clips, {
    ...{ frontEnd, statisticsOf: statistics === 'data' ? shape : undefined, maxBad, signal },
    ...{ keeps, cache: cacheOf('training', train, frontEnd, keeps) },
    onClip: (done) => onProgress?.({ phase: 'survey', done, total }),
  });
  if (ofTrain.clips.length === 0) throw nothingToTrain();
  // Judged as the trained model hears it, which may be more than it is trained with.
  const hears = model.frontEnd(first.config);
  const ofValidation =
    validation &&
    (await surveyClips(validation.clips, {
      ...{ frontEnd: hears, maxBad, before: ofTrain.bad, signal },
      cache: cacheOf('validation', validation, hears, 'sound'),
      onClip: (done) => onProgress?.({ phase: 'survey', done: train.clips.length + done, total }),
    }));
  if (ofValidation?.clips.length === 0) throw nothingToJudgeBy();

  const found = ofTrain.statistics;
  const begun = found
    ? await beginTraining(model, directory, { ...beginOptions, settings: { ...settings, ...found } })
    : first;
  const longest = Math.max(ofTrain.longest, ofValidation?.longest ?? 0);
  return {
    ...{ begun, selection, statistics: found },
    config: frames === undefined ? shortestFor(model, begun.config, longest) : resized(begun.config),
    surveys: { train: ofTrain, validation: ofValidation },
  };
}

function resizedConfig(model: AnyModel, config: unknown, frames: number): unknown {
  if (model.resizing && Object.hasOwn(model.resizing.sizes, 'frames')) {
    return model.resizing.config(config, { frames });
  }
  throw new AudiozooError({
    code: 'argument',
    what: `${model.type} hears clips of its own length alone`,
    expected: 'a recipe without frames',
    got: `${frames} frames`,
    option: 'recipe.frames',
  });
}

/** Of a model that hears clips of every length, the size that the longest clip needs; else its own. */
function shortestFor({ resizing, frontEnd }: AnyModel, config: unknown, samples: number): unknown {
  if (!resizing?.everyLength) return config;
  const sizes = resizing.lengths(config);
  let [from, to] = [0, sizes.length - 1];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (samples <= frontEnd(resizing.config(config, sizes[middle]!)).maxSamples) to = middle;
    else from = middle + 1;
  }
  return resizing.config(config, sizes[from]!);
}

/** Trains from where it is to the end, keeping how far it is. */
async function run(
  { model, begun, selection, recipe, seed, clips, validation, folder, signal }: Training,
  { trainer, batches, microBatch, judge }: TrainingSession,
  { subject, learningRate, record, options: { choose, onProgress } }: RunOptions,
): Promise<{ readonly place: Place; readonly isResumed: boolean }> {
  const before = await readState(folder, subject);
  await writeRecord(folder, record);
  const place = before?.place ?? beginning();
  if (before) {
    trainer.restore(before.trainer);
    onProgress?.({ phase: 'resumed', epoch: place.epoch, step: place.step });
  }
  let isKept = true;
  let nextKeep = performance.now() + leastPause;
  const keep = async () => {
    const start = performance.now();
    await writeState(folder, subject, { trainer: trainer.state(), place });
    await writeLog(folder, place);
    isKept = true;
    const end = performance.now();
    nextKeep = end + Math.max(leastPause, keepingShare * (end - start));
  };
  const headNames = new Set(storedParameters(model.parts?.(begun.config).head).map(({ name }) => name));
  const head = new Set(selection.trained.filter((name) => headNames.has(name)));
  try {
    await trainEpochs({
      ...{ trainer, recipe, learningRate, seed, clips, batches, microBatch, head },
      ...{ judge: validation && judge, place, signal },
      onStep: (step) => onProgress?.({ phase: 'training', ...step }),
      async save(kind) {
        isKept = false;
        if (kind === 'epoch') {
          if (choose === 'later') await keepEpoch(folder, place.epoch, trainer.weights());
          onProgress?.({ phase: 'epoch', record: place.records.at(-1)! });
        }
        if (performance.now() >= nextKeep) await keep();
      },
    });
  } catch (error) {
    // After another error, of a thread that ended, say, the weights may be lost.
    if (signal?.aborted && !isKept) await keep();
    throw error;
  }
  if (!isKept) await keep(); // the model is still to be judged and written
  return { place, isResumed: before !== undefined };
}

/** Whole and anew, so that it tells of what is kept and of nothing else. */
function writeLog(folder: TrainingFolder, { records }: Place): Promise<void> {
  return writeText(folder, 'log.jsonl', trainingLog(records));
}

function countOf(parameters: readonly Parameter[]): number {
  return parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

interface RunOptions {
  readonly options: FineTuneOptions;
  readonly record: TrainingRecord;
  readonly subject: TrainingSubject;
  readonly learningRate: number;
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

/** What `fineTune` takes where no recipe is given: of several labels a clip, each is heard by itself. */
export function usualRecipe(trainable: Trainable, { clips }: TrainingSet): Recipe {
  const recipe =
    trainable === 'head' ? recipes.head : trainable.startsWith('lora') ? recipes.lora : recipes.fineTuning;
  if (clips.every(({ labels }) => labels.length === 1)) return recipe;
  return { ...recipe, loss: { kind: 'bce' }, selection: 'mAP' };
}

/** The official recipe for ESC-50 has another rate for weights that have not heard AudioSet: its 527 classes tell. */
function chooseRate(recipe: Recipe, model: AnyModel, { config, preprocessorConfig }: ModelDirectory): number {
  const labels = model.labels?.(model.readConfig(config, preprocessorConfig)) ?? [];
  const hasHeardAudioset = labels.length === audiosetClasses;
  return (hasHeardAudioset ? undefined : recipe.learningRateWithoutAudioset) ?? recipe.learningRate;
}

const audiosetClasses = 527;

function checkNumbers({ seed = 0, maxBad = 0, train }: FineTuneOptions, recipe: Recipe): void {
  checkRecipe(recipe);
  createRandom({ seed }, 'order');
  createLoss(recipe.loss, train.labels.length);
  createOptimizer(new Map(), recipe.optimizer);
  if (maxBad >= 0) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'so many clips cannot be bad',
    expected: 'a number from 0',
    got: `${maxBad}`,
    option: 'maxBad',
  });
}

function checkSets(train: TrainingSet, validation: TrainingSet | undefined): void {
  const names = ({ labels }: TrainingSet) => labels.map(({ name }) => name);
  const refuse = (what: string, option: string, got: string, expected: string) =>
    new AudiozooError({ code: 'argument', what, expected, got, option });
  if (train.clips.length === 0) throw nothingToTrain();
  if (new Set(names(train)).size < train.labels.length) {
    throw refuse('two classes have one name', 'train', names(train).join(', '), 'a name for each');
  }
  if (validation && JSON.stringify(names(validation)) !== JSON.stringify(names(train))) {
    const what = 'the validation clips have other classes';
    throw refuse(what, 'validation', names(validation).join(', '), names(train).join(', '));
  }
  if (validation?.clips.length === 0) throw nothingToJudgeBy();
  const count = train.labels.length;
  for (const [option, set] of Object.entries({ train, validation })) {
    const isPlace = (label: number) => Number.isInteger(label) && label >= 0 && label < count;
    const wrong = set?.clips.find(({ labels }) => labels.length === 0 || !labels.every(isPlace));
    if (!wrong) continue;
    const expected = `one or more places among the ${count} classes`;
    throw refuse(
      `${quoteName(wrong.name)} has no such labels`,
      option,
      wrong.labels.join(', ') || 'none',
      expected,
    );
  }
}

function checkLoss({ loss }: Recipe, train: TrainingSet, validation: TrainingSet | undefined): void {
  const several = [train, validation]
    .flatMap((set) => set?.clips ?? [])
    .find(({ labels }) => labels.length > 1);
  if (loss.kind !== 'ce' || !several) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'the recipe takes each clip for one of the classes',
    expected: 'one label for each clip',
    got: `${several.labels.length} for ${quoteName(several.name)}`,
    hint: 'Take a recipe whose loss is `bce`, in which each label is heard by itself.',
    option: 'recipe.loss',
  });
}

function withoutStatistics(model: AnyModel): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: `${model.type} is not told what to normalize features by`,
    expected: 'statistics: model',
    option: 'statistics',
  });
}

/** Integers have no slope. Below what trains they may stay. */
function refuseQuantized({ tensors }: Weights, { trained, adapters }: Selection): void {
  const names = [...trained, ...(adapters?.beside ?? []).map(({ name }) => name)];
  const name = names.find((name) => tensors.get(name)?.dtype === 'int8');
  if (name === undefined) return;
  throw new AudiozooError({
    code: 'model',
    what: `${name} is stored as int8, which cannot train`,
    expected: 'weights in floating point',
    hint: 'Train the model that it was quantized from, or the head alone.',
    option: ['from', 'trainable'],
  });
}

function nothingToJudgeBy(): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: 'there are no validation clips',
    hint: 'Leave them out, and the last epoch is the result.',
    option: 'validation',
  });
}

function nothingToTrain(): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: 'there are no clips to train on',
    expected: 'some of each class',
    option: 'train',
  });
}
