// The three data sets of the paper: their labels and the statistics of their features, which every
// checkpoint trained on them needs at inference.

import type { Label } from '@audiozoo/core';
import { audiosetLabels, esc50Labels, speechCommandsLabels } from '@audiozoo/core/labels';
import { audiosetRecipe, type Recipe } from './recipe.js';

export interface DataSet extends Recipe {
  readonly labels: readonly Label[];
}

export const audioset: DataSet = { ...audiosetRecipe, labels: audiosetLabels };

export const esc50: DataSet = {
  name: 'ESC-50',
  classes: 50,
  labels: esc50Labels,
  problemType: 'single_label_classification',
  mean: -6.6268077,
  std: 5.358466,
  frames: 512,
};

export const speechCommands: DataSet = {
  name: 'Speech Commands V2',
  classes: 35,
  labels: speechCommandsLabels,
  problemType: 'single_label_classification',
  mean: -6.845978,
  std: 5.5654526,
  frames: 128,
};

export const dataSets: readonly DataSet[] = [audioset, esc50, speechCommands];

/** The data set with this many classes, if it is one of the three. */
export function dataSetOfClassCount(classes: number): DataSet | undefined {
  return dataSets.find((dataSet) => dataSet.classes === classes);
}

/** Labels with AudioSet's identifiers, if they are AudioSet's; else as they are. */
export function withIdentifiers(labels: readonly Label[]): readonly Label[] {
  const isAudioset =
    labels.length === audioset.classes &&
    labels.every(({ name }, index) => name === audioset.labels[index]!.name);
  return isAudioset ? audioset.labels : labels;
}
