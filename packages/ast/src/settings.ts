// What a person says about an AST that its tensors do not, and what is assumed where nobody says it.

import type { ConversionOptions, ProblemType, Settings } from '@audiozoo/core';
import { audioset, dataSetOfClassCount } from './data-set.js';

/** What a person may say, of a checkpoint and of a new model alike. */
export const settings = {
  fstride: { kind: 'count', help: 'stride of the patches along frequency' },
  tstride: { kind: 'count', help: 'stride of the patches along time' },
  frames: { kind: 'count', help: "the input's length in frames of 10 ms" },
  melBins: { kind: 'count', help: 'mel bins of the input; usually 128' },
  heads: { kind: 'count', help: 'attention heads; usually of 64 channels each' },
  mean: { kind: 'number', help: 'mean of the features over the training set' },
  std: { kind: 'number', help: 'standard deviation of the features over the training set' },
} as const satisfies Settings;

type Told = Partial<Record<keyof typeof settings, number>>;

/** What was said, which converters have checked. */
export function toldIn({ settings = {} }: ConversionOptions): Told {
  return settings as Told;
}

/** An assumption of a checkpoint that was recognized without one. */
export const noHead = 'It has no head: the model embeds, and gives no labels.';

/** All that DeiT and the official recipes fix. */
export const officialEpsilon = { layerNormEpsilon: 1e-6, headLayerNormEpsilon: 1e-5 };
export const officialSampleRate = 16000;

export function inferProblemType(
  classes: number,
  told: ProblemType | undefined,
  assumptions: string[],
): ProblemType {
  if (told !== undefined) return told;
  const dataSet = dataSetOfClassCount(classes);
  const problemType = dataSet === audioset ? audioset.problemType : 'single_label_classification';
  const why = dataSet ? `that is ${dataSet.name}` : 'only AudioSet is known to be multi-label';
  assumptions.push(`${problemType}: ${classes} classes, ${why}.`);
  return problemType;
}

interface Statistics {
  readonly mean: number;
  readonly std: number;
}

/** Mean and std as told, else of the data set with this many classes, where they are to tell, else `otherwise`, which are `whose`. */
export function inferStatistics(
  classes: number | undefined,
  told: Told,
  assumptions: string[],
  otherwise: Statistics = audioset,
  whose = "AudioSet's, since the classes are of no known data set",
): Statistics {
  const dataSet = classes === undefined ? undefined : dataSetOfClassCount(classes);
  const { mean = (dataSet ?? otherwise).mean, std = (dataSet ?? otherwise).std } = told;
  const assumed = [told.mean === undefined && `mean ${mean}`, told.std === undefined && `std ${std}`];
  if (assumed.some(Boolean)) {
    assumptions.push(`${assumed.filter(Boolean).join(' and ')}: ${dataSet ? `${dataSet.name}'s` : whose}.`);
  }
  return { mean, std };
}
