// The clips that flags name, divided into those to train on and those to judge by.

import { AudiozooError, type FileStore, type Label, openModelDirectory } from '@audiozoo/core';
import { listNames } from '@audiozoo/core/plugin';
import type { AudioOptions, ModelChoice } from '@audiozoo/tasks';
import { chooseModel, loadedPlugin } from '@audiozoo/tasks';
import {
  crossValidation,
  type Split,
  stratifiedFolds,
  stratifiedSplit,
  type TrainingSet,
} from '@audiozoo/training';
import { clipsOnDisk, cutClips, type DataSetOnDisk, readDataSet } from '@audiozoo/training/files';
import { readLabelFile } from '../input/label-file.js';
import { rememberSound } from './remembered-sound.js';

export interface ClipFlags {
  readonly data: string;
  readonly labels?: string | undefined;
  readonly audioFolder?: string | undefined;
  readonly window?: number | undefined;
  readonly validation?: string | undefined;
  readonly holdOut?: number | undefined;
  readonly fold?: number | undefined;
  readonly folds?: number | undefined;
}

/** One model's clips. */
export interface Division {
  readonly train: TrainingSet;
  readonly validation?: TrainingSet | undefined;
}

export interface FoldOfClips extends Division {
  readonly fold: number;
}

interface ReadingOptions {
  readonly audio: AudioOptions;
  /** The model that is trained. */
  readonly files: FileStore;
  readonly models: readonly ModelChoice[];
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** The clips of one training, or with `--folds` those of each fold. */
export async function readClips(
  { data: path, labels: labelFile, audioFolder, window, validation, holdOut, fold, folds }: ClipFlags,
  { audio, files, models, seed, signal }: ReadingOptions,
): Promise<Division | readonly FoldOfClips[]> {
  const told = labelFile === undefined ? undefined : await readLabelFile(labelFile);
  const read = async (path: string, labels: readonly Label[] | undefined): Promise<DataSetOnDisk> => {
    const data = await readDataSet(path, { labels, audioFolder, signal });
    return window === undefined ? data : cutClips(data, { seconds: window, audio, signal });
  };
  const found = await read(path, told);
  const data = told ? found : { ...found, ...inOrderOf(await labelsOf(files, models), found) };
  const { labels } = data;
  const set = rememberSound(await clipsOnDisk(data, audio));
  const part = (places: readonly number[]): TrainingSet => ({
    labels,
    clips: places.map((place) => set.clips[place]!),
  });
  const divided = ({ training, validation: judged }: Split): Division => ({
    train: part(training),
    validation: part(judged),
  });

  if (validation !== undefined) {
    const other = await read(validation, labels);
    return { train: set, validation: rememberSound(await clipsOnDisk(other, audio)) };
  }
  if (holdOut !== undefined) return divided(stratifiedSplit(data.clips, holdOut, seed));
  if (fold !== undefined) {
    const all = crossValidation(withFolds(data, path).clips);
    const own = all.find((each) => each.fold === fold);
    if (own) return divided(own);
    throw new AudiozooError({
      code: 'argument',
      what: `${path} has no clips of fold ${fold}`,
      expected: listNames(all.map((each) => `${each.fold}`)),
      option: 'fold',
    });
  }
  if (folds === undefined) return { train: set };
  if (data.clips.some((clip) => clip.fold !== undefined)) {
    const all = crossValidation(withFolds(data, path).clips);
    if (all.length !== folds) {
      throw new AudiozooError({
        code: 'argument',
        what: `${path} divides its clips into other folds`,
        expected: `${folds}`,
        got: `${all.length}: ${listNames(all.map((each) => `${each.fold}`))}`,
        hint: 'Ask for as many, or leave its column `fold` out.',
        option: 'folds',
      });
    }
    return all.map((each) => ({ fold: each.fold, ...divided(each) }));
  }
  const foldOf = stratifiedFolds(data.clips, folds, seed);
  const clips = data.clips.map(({ file }, place) => ({ file, fold: foldOf[place] }));
  return crossValidation(clips).map((each) => ({ fold: each.fold, ...divided(each) }));
}

/** The same classes in the order of the model's, where it tells just these apart already: its head is then kept. */
function inOrderOf(own: readonly Label[], { labels, clips }: DataSetOnDisk): Partial<DataSetOnDisk> {
  const places = new Map(own.map(({ name }, place) => [name, place]));
  const isSame = own.length === labels.length && labels.every(({ name }) => places.has(name));
  if (!isSame) return {};
  const moved = (place: number) => places.get(labels[place]!.name)!;
  return {
    labels: own,
    clips: clips.map((clip) => ({ ...clip, labels: clip.labels.map(moved).sort((a, b) => a - b) })),
  };
}

async function labelsOf(files: FileStore, models: readonly ModelChoice[]): Promise<readonly Label[]> {
  const { config, preprocessorConfig, weights } = await openModelDirectory(files);
  await weights.close();
  const model = await loadedPlugin(chooseModel(models, config.model_type));
  return model.labels?.(model.readConfig(config, preprocessorConfig)) ?? [];
}

function withFolds(data: DataSetOnDisk, path: string): DataSetOnDisk {
  const without = data.clips.filter(({ fold }) => fold === undefined);
  if (without.length === 0) return data;
  throw new AudiozooError({
    code: 'argument',
    what: `${path} does not say of which fold its clips are`,
    expected: 'a column `fold`, with a number for each clip',
    got: `none for ${listNames(without.slice(0, 3).map(({ file }) => file))}`,
    hint: '--folds K divides clips without folds, --hold-out 0.2 keeps a part of them back.',
  });
}
