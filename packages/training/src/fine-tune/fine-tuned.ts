// What came of a training.

import type { ClipBounds, JsonObject, Label, ProblemType } from '@audiozoo/core';
import type { FeatureStatistics } from '../data/feature-statistics.js';
import type { Recipe } from '../recipe/recipe.js';
import type { Trainable } from '../selection/selection.js';
import type { BadClip } from './clips/survey.js';
import type { TrainingClip } from './clips/training-clip.js';
import type { EpochRecord } from './epochs.js';
import type { Judgement } from './judgement.js';

export interface FineTuned {
  /** Whose weights it began from: what people know the directory by. */
  readonly from: string;
  /** What the model's `config.json` holds. */
  readonly config: JsonObject;
  /** As `Model.transformers` has it, of this config. */
  readonly inTransformers: readonly string[] | undefined;
  /** How long the clips are that the model hears. */
  readonly hears: ClipBounds;
  /** What was trained on, and with which classes. */
  readonly labels: readonly Label[];
  readonly recipe: Recipe;
  readonly trainable: Trainable;
  readonly learningRate: number;
  readonly seed: number;
  readonly device: string;
  /** That the training took; undefined where it was interrupted: nobody knows how long that was. */
  readonly seconds: number | undefined;
  readonly problemType: ProblemType;
  /** Numbers that trained. */
  readonly trainedCount: number;
  /** All numbers of the model. */
  readonly parameterCount: number;
  readonly statistics: FeatureStatistics | undefined;
  readonly epochs: readonly EpochRecord[];
  /** Whose weights the model has: of an epoch, counted from 1, or the mean of some. */
  readonly chosen: number | readonly [first: number, last: number];
  /** By the validation clips, with the weights that were chosen. */
  readonly judgement: Judgement | undefined;
  /** Clips that were trained on and judged by, as far as they could be heard. */
  readonly clips: {
    readonly training: readonly TrainingClip[];
    readonly validation: readonly TrainingClip[];
  };
  readonly bad: readonly BadClip[];
  /** How many clips are longer than the model hears: their beginnings were trained on. */
  readonly cut: number;
  /** What was taken for granted, a sentence each. */
  readonly assumptions: readonly string[];
}
