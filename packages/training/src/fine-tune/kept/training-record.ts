// What a folder says of the training that it holds, begun or finished: `training.json`.

import {
  AudiozooError,
  type Backend,
  type FileStore,
  type JsonObject,
  type ModelDirectory,
} from '@audiozoo/core';
import { isJsonObject, readJson } from '@audiozoo/core/plugin';
import type { Recipe } from '../../recipe/recipe.js';
import type { Trainable } from '../../selection/selection.js';
import type { TrainingSet } from '../clips/training-clip.js';
import type { EpochRecord } from '../epochs.js';
import { clipsFingerprint, modelFingerprint, settingsFingerprint } from './subject.js';
import { type TrainingFolder, writeText } from './training-folder.js';
import type { TrainingSubject } from './training-state.js';
import type { TrainingSummary } from './training-summary.js';

export const recordFile = 'training.json';
const format = 'audiozoo training 1';

export interface TrainingRecord {
  /** What was asked for: known before anything is heard. */
  readonly asked: TrainingSubject;
  /** All that were trained, of which one is still to be chosen. */
  readonly epochs?: readonly EpochRecord[] | undefined;
  /** What came of it; absent where it is not finished. */
  readonly result?: TrainingSummary | undefined;
}

/** What a training is told, of which its end is a function. */
interface Request {
  readonly train: TrainingSet;
  readonly validation?: TrainingSet | undefined;
  readonly trainable?: Trainable | undefined;
  readonly statistics?: 'data' | 'model' | undefined;
  readonly seed?: number | undefined;
  readonly microBatch?: number | undefined;
  readonly backend: Pick<Backend, 'name'>;
}

/** What is asked for, without a look at sound. */
export async function askedFor(
  { config, preprocessorConfig, weights }: ModelDirectory,
  { train, validation, trainable = 'head', statistics = 'model', seed = 0, microBatch, backend }: Request,
  recipe: Recipe,
): Promise<TrainingSubject> {
  return {
    model: await modelFingerprint([config, preprocessorConfig], weights.tensors),
    clips: clipsFingerprint(train, validation),
    settings: settingsFingerprint({ recipe, trainable, statistics, seed, microBatch }),
    device: backend.name,
  };
}

export async function writeRecord(
  folder: TrainingFolder,
  { asked, epochs, result }: TrainingRecord,
): Promise<void> {
  const json = { format, asked, ...(epochs && { epochs }), ...(result && { result }) };
  await writeText(folder, recordFile, `${JSON.stringify(json, null, 2)}\n`);
}

/**
 * What a folder says of a training in it, undefined where it is free. Throws a `file` error where it holds a model or a finished
 * training of something else: it stays as it is.
 */
export async function readRecord(
  folder: FileStore,
  asked: TrainingSubject,
): Promise<TrainingRecord | undefined> {
  const json = await readJson(folder, recordFile);
  if (!json) {
    const model = await folder.open('config.json');
    await model?.close();
    if (model) throw refused(folder, 'a model that no training made');
    return undefined;
  }
  if (json.format !== format || !isJsonObject(json.asked)) throw refused(folder, `another ${recordFile}`);
  const record = json as JsonObject & TrainingRecord;
  const changed = Object.keys(asked).filter(
    (part) => record.asked[part as keyof TrainingSubject] !== asked[part as keyof TrainingSubject],
  );
  if (!record.result) return changed.length > 0 ? { asked: record.asked } : record;
  if (changed.length > 0) throw refused(folder, `a finished training with other ${changed.join(', ')}`);
  return record;
}

function refused(folder: FileStore, got: string): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${folder.name} is not free`,
    expected: 'a folder that is not there, an empty one, or one of this very training',
    got,
    hint: 'Train into another folder: this one stays as it is.',
    option: 'out',
  });
}
