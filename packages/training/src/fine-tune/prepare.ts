// The model as a training begins with it, after a look at all clips.

import {
  type AnyModel,
  AudiozooError,
  type FrontEnd,
  type ModelDirectory,
  type ProblemType,
  type Weights,
} from '@audiozoo/core';
import type { FeatureStatistics } from '../data/feature-statistics.js';
import type { Recipe } from '../recipe/recipe.js';
import { type Selection, selectTrained } from '../selection/selection.js';
import { beginTraining } from './begin.js';
import { nothingToJudgeBy, nothingToTrain } from './check-request.js';
import { checkAugmentable, keptOf } from './clips/clip-batches.js';
import { clipCache } from './clips/clip-cache.js';
import { type Survey, spectrogramShape, surveyClips } from './clips/survey.js';
import type { TrainingSet } from './clips/training-clip.js';
import type { FineTuneOptions } from './fine-tune-options.js';
import { trainsOnEmbeddings } from './head-session.js';
import type { Training } from './training-session.js';

export interface Prepared extends Pick<Training, 'begun' | 'config' | 'selection'> {
  readonly surveys: { readonly train: Survey; readonly validation: Survey | undefined };
  readonly statistics: FeatureStatistics | undefined;
}

/** The model as it begins, after a look at all clips. What cannot be is told before that. */
export async function prepareTraining(
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
  const selection = selectTrained(model, first.config, trainable, recipe.batchNorms);
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
