// What a training is told, and what it tells.

import type { Backend, FileStore } from '@audiozoo/core';
import type { FilesLocation } from '@audiozoo/core/files';
import type { OptionKinds } from '@audiozoo/core/plugin';
import type { ModelChoice } from '@audiozoo/tasks';
import type { Recipe } from '../recipe/recipe.js';
import type { Trainable } from '../selection/selection.js';
import type { TrainingSet } from './clips/training-clip.js';
import type { EpochRecord, StepRecord } from './epochs.js';
import type { TrainingFolder } from './kept/training-folder.js';

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

export const fineTuneOptionKinds = {
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
