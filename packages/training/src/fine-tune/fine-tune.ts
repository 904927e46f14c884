// Teaches a model one's own sounds: from a model directory and labeled clips to a model directory.

import {
  type AnyModel,
  AudiozooError,
  type Backend,
  type FileStore,
  type ModelDirectory,
  openModelDirectory,
  type Parameter,
  type ProblemType,
  tensor,
  type Weights,
} from '@audiozoo/core';
import type { FilesLocation } from '@audiozoo/core/files';
import {
  checkOptions,
  elementCount,
  type OptionKinds,
  quoteName,
  storedParameters,
  weightsInMemory,
} from '@audiozoo/core/plugin';
import {
  chooseModel,
  classifierOf,
  filesAt,
  type LocalClassifier,
  loadedPlugin,
  type ModelChoice,
} from '@audiozoo/tasks';
import type { FeatureStatistics } from '../data/feature-statistics.js';
import { createLoss } from '../loss/loss.js';
import { checkRecipe, type Recipe } from '../recipe/recipe.js';
import { recipes } from '../recipe/recipes.js';
import { modelCard } from '../report/model-card.js';
import { reportPage } from '../report/report-page.js';
import { trainingLog } from '../report/training-log.js';
import { type Selection, selectTrained, type Trainable } from '../selection/selection.js';
import { mergeAdapters } from '../trainer/adapters.js';
import { checkTrains, createTrainer, type Trainer } from '../trainer/trainer.js';
import { type Beginning, beginTraining } from './begin.js';
import { type ClipBatches, clipBatches } from './clip-batches.js';
import { embedClips, embeddingBatches } from './embeddings.js';
import {
  averagedWeights,
  beginning,
  type EpochRecord,
  type Place,
  type StepRecord,
  trainEpochs,
} from './epochs.js';
import type { FineTuned } from './fine-tuned.js';
import { headModel } from './head-model.js';
import { type Judgement, judgeLogits } from './judgement.js';
import { keepEpoch, readEpoch, removeEpochs } from './kept-epochs.js';
import { clipsFingerprint, modelFingerprint, settingsFingerprint } from './subject.js';
import { type Survey, spectrogramShape, surveyClips } from './survey.js';
import type { TrainingClip, TrainingSet } from './training-clip.js';
import { type TrainingFolder, writeText } from './training-folder.js';
import { askedFor, readRecord, type TrainingRecord, writeRecord } from './training-record.js';
import { readState, stateFile, type TrainingSubject, writeState } from './training-state.js';
import { summarizeTraining } from './training-summary.js';
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

/** Milliseconds between two times that the state is kept. */
const keepEvery = 20_000;

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
  const { recipe = usualRecipe(trainable, train), choose = 'best' } = options;
  checkRecipe(recipe);
  checkTrains(backend);
  checkSets(train, validation, recipe);
  const files = await filesAt(from, { models, signal });
  const directory = await openModelDirectory(files, { signal });
  try {
    const model = await loadedPlugin(chooseModel(models, directory.config.model_type));
    const asked = await askedFor(directory, options, recipe);
    const record = await readRecord(out, asked);
    const prepared = await prepare(model, directory, recipe, options);
    const { begun, config, surveys } = prepared;
    const selection = selectTrained(model, begun.config, trainable);
    const learningRate = chooseRate(recipe, model, directory);
    if (!record?.epochs) await writeRecord(out, { asked });
    const training = { ...prepared, model, selection, recipe, learningRate, seed, trainable, options };
    const session = trainable === 'head' ? await headSession(training) : await wholeSession(training);
    try {
      const subject: TrainingSubject = {
        model: await modelFingerprint(
          [directory.config, directory.preprocessorConfig],
          begun.weights.tensors,
        ),
        clips: clipsFingerprint(train, validation),
        settings: settingsFingerprint({
          ...{ recipe, learningRate, trainable, seed, inputs: model.inputs(config) },
          ...{ statistics: prepared.statistics, microBatch: session.microBatch },
        }),
        device: session.trainer.device,
      };
      const { place, isResumed } = await run(training, session, subject);
      const { weights, chosen } =
        typeof choose === 'number'
          ? { weights: await readEpoch(out, choose), chosen: choose }
          : chooseWeights(place, recipe, session.trainer);
      const judgement = surveys.validation && (await session.judge(weights));
      if (choose !== 'later') await writeModel(out, begun, await session.merge(weights));
      const tuned: FineTuned = {
        ...{ from: files.name, config: begun.configJson, hears: model.frontEnd(begun.config) },
        ...{ labels: train.labels, recipe, trainable, learningRate, seed, device: session.trainer.device },
        ...{ problemType: problemTypeOf(train), statistics: prepared.statistics, chosen, judgement },
        seconds: isResumed ? undefined : (performance.now() - started) / 1000,
        trainedCount: countOf(session.trainer.parameters),
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

interface Prepared {
  readonly begun: Beginning;
  /** Of the size that batches have. */
  readonly config: unknown;
  readonly surveys: { readonly train: Survey; readonly validation: Survey | undefined };
  readonly statistics: FeatureStatistics | undefined;
}

interface Training extends Prepared {
  readonly model: AnyModel;
  readonly selection: Selection;
  readonly recipe: Recipe;
  readonly learningRate: number;
  readonly seed: number;
  readonly trainable: Trainable;
  readonly options: FineTuneOptions;
}

/** What a training needs of how it is done: with the head alone, or with all of the model. */
interface TrainingSession {
  readonly trainer: Trainer;
  readonly batches: ClipBatches;
  readonly microBatch: number;
  /** By the validation clips. */
  judge(weights: ReadonlyMap<string, Float32Array>): Promise<Judgement>;
  /** What trained, as files hold it. */
  merge(weights: ReadonlyMap<string, Float32Array>): Promise<ReadonlyMap<string, Float32Array>>;
  dispose(): Promise<void>;
}

/** The model as it begins, after a look at all clips. */
async function prepare(
  model: AnyModel,
  directory: ModelDirectory,
  recipe: Recipe,
  { train, validation, statistics = 'model', seed = 0, maxBad = 0, signal, onProgress }: FineTuneOptions,
): Promise<Prepared> {
  const { frames } = recipe;
  const initialization = await model.initialization?.();
  const asSetting = frames !== undefined && initialization?.settings?.frames !== undefined;
  const settings: Record<string, number> = asSetting ? { frames } : {};
  const beginOptions = { labels: train.labels, problemType: problemTypeOf(train), seed };
  const first = await beginTraining(model, directory, { ...beginOptions, settings });
  const { resizing } = model;
  const sized =
    frames !== undefined && !asSetting && resizing ? resizing.config(first.config, { frames }) : first.config;

  const total = train.clips.length + (validation?.clips.length ?? 0);
  const frontEnd = model.frontEnd(sized);
  const survey = (set: TrainingSet, before: number, statisticsOf?: readonly [number, number]) =>
    surveyClips(set.clips, {
      ...{ frontEnd, statisticsOf, maxBad, signal },
      onClip: (done) => onProgress?.({ phase: 'survey', done: before + done, total }),
    });
  const shape = statistics === 'data' ? spectrogramShape(model, sized) : undefined;
  const ofTrain = await survey(train, 0, shape);
  const ofValidation = validation && (await survey(validation, train.clips.length));
  if (ofTrain.clips.length === 0) throw nothingToTrain();

  const found = ofTrain.statistics;
  const begun = found
    ? await beginTraining(model, directory, { ...beginOptions, settings: { ...settings, ...found } })
    : first;
  const longest = Math.max(ofTrain.longest, ofValidation?.longest ?? 0);
  return {
    begun,
    config: frames === undefined ? shortestFor(model, begun.config, longest) : found ? begun.config : sized,
    surveys: { train: ofTrain, validation: ofValidation },
    statistics: found,
  };
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

/** Trains on embeddings, which are worked out once. */
async function headSession(training: Training): Promise<TrainingSession> {
  const { model, begun, surveys, selection, recipe, options } = training;
  const { backend, train, out, signal, onProgress } = options;
  let loading: Promise<LocalClassifier> | undefined;
  const classifier = () =>
    (loading ??= classifierOf(
      { model, config: begun.config, weights: kept(begun.weights) },
      { backend, signal },
    ));
  const width = model.outputs(begun.config).embedding!.shape[0]!;
  const total = surveys.train.clips.length + (surveys.validation?.clips.length ?? 0);
  const subjectOf = async (clips: readonly TrainingClip[]) =>
    settingsFingerprint([
      await modelFingerprint([begun.configJson, begun.preprocessorJson], begun.weights.tensors),
      clipsFingerprint({ labels: [], clips: clips.map((clip) => ({ ...clip, labels: [] })) }),
    ]);
  const embed = async (set: string, clips: readonly TrainingClip[], before: number) =>
    embedClips({
      ...{ clips, width, set, folder: out, classifier, signal, subject: await subjectOf(clips) },
      onClip: (done) => onProgress?.({ phase: 'embedding', done: before + done, total }),
    });
  try {
    const embeddings = await embed('training', surveys.train.clips, 0);
    const judged =
      surveys.validation && (await embed('validation', surveys.validation.clips, surveys.train.clips.length));
    const trainer = await createTrainer({
      ...{ model: headModel(model), config: begun.config, weights: kept(begun.weights), backend },
      ...{ loss: recipe.loss, optimizer: recipe.optimizer, trained: selection.trained, signal },
    });
    const labels = train.labels.length;
    const validationClips = surveys.validation?.clips ?? [];
    const judgedBatches = judged && embeddingBatches(judged, validationClips, labels);
    const judge = { loss: createLoss(recipe.loss, labels), problemType: problemTypeOf(train) };
    return {
      trainer,
      batches: embeddingBatches(embeddings, surveys.train.clips, labels),
      microBatch: options.microBatch ?? recipe.batchSize,
      async judge(weights) {
        const before = trainer.state();
        trainer.restore({ ...before, weights });
        try {
          const drawn = validationClips.map((_, clip) => ({ clip, at: clip }));
          const { logits } = await trainer.gradients([await judgedBatches!.batch(drawn, 0)], { signal });
          return judgeLogits(logits[0]!, validationClips, judge);
        } finally {
          trainer.restore(before);
        }
      },
      merge: async (weights) => weights,
      dispose: () => trainer.dispose(),
    };
  } finally {
    await (await loading)?.dispose();
  }
}

async function wholeSession(training: Training): Promise<TrainingSession> {
  const { model, begun, config, surveys, selection, recipe, seed, options } = training;
  const { backend, train, microBatch = 8, signal, onProgress } = options;
  const labels = train.labels.length;
  const adapters = selection.adapters && { ...selection.adapters, seed };
  const trainer = await createTrainer({
    ...{
      model,
      config,
      weights: kept(begun.weights),
      backend,
      loss: recipe.loss,
      optimizer: recipe.optimizer,
    },
    ...{ trained: selection.trained, adapters, signal },
  });
  const merge: TrainingSession['merge'] = async (weights) =>
    adapters ? mergeAdapters(model, begun.config, begun.weights, weights, adapters) : weights;
  const judging = { loss: createLoss(recipe.loss, labels), problemType: problemTypeOf(train) };
  return {
    trainer,
    batches: clipBatches({
      ...{ model, config, clips: surveys.train.clips, labels, augmentation: recipe.augmentation, seed },
    }),
    microBatch,
    async judge(weights) {
      const { clips } = surveys.validation!;
      const overlay = withTrained(begun.weights, await merge(weights));
      const classifier = await classifierOf(
        { model, config: begun.config, weights: overlay },
        { backend, signal },
      );
      try {
        const { sampleRate, maxSamples } = classifier.frontEnd;
        const logits = tensor('float32', [clips.length, labels], new Float32Array(clips.length * labels));
        for (let start = 0; start < clips.length; start += microBatch) {
          const sounds = clips.slice(start, start + microBatch).map(async (clip) => {
            const samples = await clip.sound(sampleRate, { maxSamples, signal });
            return { samples: samples.subarray(0, maxSamples), sampleRate };
          });
          logits.data.set(
            (await classifier.logits(await Promise.all(sounds), { signal })).data,
            start * labels,
          );
          onProgress?.({
            phase: 'judging',
            done: Math.min(start + microBatch, clips.length),
            total: clips.length,
          });
        }
        return judgeLogits(logits, clips, judging);
      } finally {
        await classifier.dispose();
      }
    },
    merge,
    dispose: () => trainer.dispose(),
  };
}

/** Trains from where it is to the end, keeping how far it is. */
async function run(
  { selection, recipe, learningRate, seed, surveys, model, begun, options }: Training,
  { trainer, batches, microBatch, judge }: TrainingSession,
  subject: TrainingSubject,
): Promise<{ readonly place: Place; readonly isResumed: boolean }> {
  const { out, validation, choose, signal, onProgress } = options;
  const before = await readState(out, subject);
  const place = before?.place ?? beginning();
  if (before) {
    trainer.restore(before.trainer);
    onProgress?.({ phase: 'resumed', epoch: place.epoch, step: place.step });
  }
  const keep = async () => {
    await writeState(out, subject, { trainer: trainer.state(), place });
    await writeLog(out, place);
  };
  let kept = Date.now();
  let isKept = true;
  const headNames = new Set(storedParameters(model.parts?.(begun.config).head).map(({ name }) => name));
  const head = new Set(selection.trained.filter((name) => headNames.has(name)));
  try {
    await trainEpochs({
      ...{ trainer, recipe, learningRate, seed, clips: surveys.train.clips, batches, microBatch, head },
      ...{ judge: validation && judge, place, signal },
      onStep: (step) => onProgress?.({ phase: 'training', ...step }),
      async save(kind) {
        isKept = false;
        if (kind === 'epoch') {
          if (choose === 'later') await keepEpoch(out, place.epoch, trainer.weights());
          onProgress?.({ phase: 'epoch', record: place.records.at(-1)! });
        }
        if (Date.now() - kept < keepEvery) return;
        await keep();
        isKept = true;
        kept = Date.now();
      },
    });
    if (choose === 'later' && !isKept) await keep();
  } catch (error) {
    if (signal?.aborted && !isKept) await keep();
    throw error;
  }
  await writeLog(out, place);
  return { place, isResumed: before !== undefined };
}

/** Whole and anew, so that it tells of what is kept and of nothing else. */
function writeLog(out: TrainingFolder, { records }: Place): Promise<void> {
  return writeText(out, 'log.jsonl', trainingLog(records));
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

/** Weights of a directory that somebody else closes. */
function kept({ tensors }: Weights): Weights {
  return { tensors, close: async () => {} };
}

/** The weights with what trained in the place of what was there. */
function withTrained({ tensors }: Weights, trained: ReadonlyMap<string, Float32Array>): Weights {
  const values = Array.from(
    trained,
    ([name, data]) => [name, tensor('float32', tensors.get(name)!.shape, data)] as const,
  );
  return kept({
    ...{ close: async () => {} },
    tensors: new Map([...tensors, ...weightsInMemory(Object.fromEntries(values)).tensors]),
  });
}

function problemTypeOf({ clips }: TrainingSet): ProblemType {
  return clips.some(({ labels }) => labels.length > 1)
    ? 'multi_label_classification'
    : 'single_label_classification';
}

/** The official recipe for ESC-50 has another rate for weights that have not heard AudioSet: its 527 classes tell. */
function chooseRate(recipe: Recipe, model: AnyModel, { config, preprocessorConfig }: ModelDirectory): number {
  const labels = model.labels?.(model.readConfig(config, preprocessorConfig)) ?? [];
  const hasHeardAudioset = labels.length === audiosetClasses;
  return (hasHeardAudioset ? undefined : recipe.learningRateWithoutAudioset) ?? recipe.learningRate;
}

const audiosetClasses = 527;

/** What `fineTune` takes where no recipe is given. */
export function usualRecipe(trainable: Trainable, train: TrainingSet): Recipe {
  const recipe =
    trainable === 'head' ? recipes.head : trainable.startsWith('lora') ? recipes.lora : recipes.fineTuning;
  if (problemTypeOf(train) === 'single_label_classification') return recipe;
  return { ...recipe, loss: { kind: 'bce' }, selection: 'mAP' };
}

function checkSets(train: TrainingSet, validation: TrainingSet | undefined, { loss }: Recipe): void {
  const names = ({ labels }: TrainingSet) => labels.map(({ name }) => name);
  if (train.clips.length === 0) throw nothingToTrain();
  if (validation && JSON.stringify(names(validation)) !== JSON.stringify(names(train))) {
    throw new AudiozooError({
      code: 'argument',
      what: 'the validation clips have other classes',
      expected: names(train).join(', '),
      got: names(validation).join(', '),
      option: 'validation',
    });
  }
  if (validation?.clips.length === 0) {
    const what = 'there are no validation clips';
    throw new AudiozooError({ code: 'argument', what, hint: 'Leave them out.', option: 'validation' });
  }
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

function nothingToTrain(): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: 'there are no clips to train on',
    expected: 'some of each class',
    option: 'train',
  });
}
