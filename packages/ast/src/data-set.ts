// The three data sets of the paper: their labels and the statistics of their features, which every
// checkpoint trained on them needs at inference. Figures from the official recipes (egs/*/run*.sh).

import type { Label, ProblemType } from '@audiozoo/core';
import { audiosetLabels } from './labels/audioset.js';
import { esc50Labels } from './labels/esc50.js';
import { speechCommandsLabels } from './labels/speech-commands.js';

export interface DataSet {
  readonly name: string;
  readonly labels: readonly Label[];
  readonly problemType: ProblemType;
  /** Mean and standard deviation of the log-mel features over the training set. */
  readonly mean: number;
  readonly std: number;
  /** Input length in frames of 10 ms. */
  readonly frames: number;
}

export const audioset: DataSet = {
  name: 'AudioSet',
  labels: audiosetLabels,
  problemType: 'multi_label_classification',
  mean: -4.2677393,
  std: 4.5689974,
  frames: 1024,
};

export const esc50: DataSet = {
  name: 'ESC-50',
  labels: esc50Labels,
  problemType: 'single_label_classification',
  mean: -6.6268077,
  std: 5.358466,
  frames: 512,
};

export const speechCommands: DataSet = {
  name: 'Speech Commands V2',
  labels: speechCommandsLabels,
  problemType: 'single_label_classification',
  mean: -6.845978,
  std: 5.5654526,
  frames: 128,
};

/** The data set with this many classes, if it is one of the three. */
export function dataSetOfClassCount(classes: number): DataSet | undefined {
  return [audioset, esc50, speechCommands].find(({ labels }) => labels.length === classes);
}
