// What the official recipes fix (egs/*/run*.sh) of the data sets of the paper, beside their labels: figures that configs are
// read with, so that reading one brings no list of labels.

import type { ProblemType } from '@audiozoo/core';

export interface Recipe {
  readonly name: string;
  /** How many labels it has. */
  readonly classes: number;
  readonly problemType: ProblemType;
  /** Mean and standard deviation of the log-mel features over the training set. */
  readonly mean: number;
  readonly std: number;
  /** Input length in frames of 10 ms. */
  readonly frames: number;
}

export const audiosetRecipe: Recipe = {
  name: 'AudioSet',
  classes: 527,
  problemType: 'multi_label_classification',
  mean: -4.2677393,
  std: 4.5689974,
  frames: 1024,
};
