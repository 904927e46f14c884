// A training that is about to begin, and what it needs of how it is done: with the head alone, or with more of the model.

import type { AnyModel, Backend, ProblemType } from '@audiozoo/core';
import type { Recipe } from '../recipe/recipe.js';
import type { Selection } from '../selection/selection.js';
import type { Trainer } from '../trainer/trainer.js';
import type { Beginning } from './begin.js';
import type { ClipBatches } from './clips/clip-batches.js';
import type { KeptClip } from './clips/survey.js';
import type { Judgement } from './judgement.js';
import type { TrainingFolder } from './kept/training-folder.js';

export interface Training {
  readonly model: AnyModel;
  readonly begun: Beginning;
  /** Of the size that batches have; that of `begun` is what the trained model has. */
  readonly config: unknown;
  readonly selection: Selection;
  readonly recipe: Recipe;
  readonly backend: Backend;
  readonly seed: number;
  readonly microBatch: number | undefined;
  readonly problemType: ProblemType;
  /** How many classes. */
  readonly labels: number;
  /** Clips that can be heard. */
  readonly clips: readonly KeptClip[];
  readonly validation: readonly KeptClip[] | undefined;
  readonly folder: TrainingFolder;
  readonly signal: AbortSignal | undefined;
  readonly onProgress:
    | ((progress: {
        readonly phase: 'embedding' | 'judging';
        readonly done: number;
        readonly total: number;
      }) => void)
    | undefined;
}

export interface TrainingSession {
  readonly trainer: Trainer;
  readonly batches: ClipBatches;
  /** Clips that are run at once. */
  readonly microBatch: number;
  /** By the validation clips, of which there are some. The trainer's weights stay as they are. */
  judge(weights: ReadonlyMap<string, Float32Array>): Promise<Judgement>;
  /** What trained, as files hold it. */
  merge(weights: ReadonlyMap<string, Float32Array>): Promise<ReadonlyMap<string, Float32Array>>;
  dispose(): Promise<void>;
}
