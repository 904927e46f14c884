// What a person says about an AST that its tensors do not, and what is assumed where nobody says it.

import { AudiozooError, type ConversionOptions, type ProblemType } from '@audiozoo/core';
import { audioset, dataSetOfClassCount } from './data-set.js';

export const settingNames = ['fstride', 'tstride', 'frames', 'melBins', 'heads'] as const;
export type Settings = Partial<Record<(typeof settingNames)[number], number>>;

/** An assumption of a checkpoint that was recognized without one. */
export const noHead = 'It has no head: the model embeds, and gives no labels.';

/** All that DeiT and the official recipes fix. */
export const officialEpsilon = { layerNormEpsilon: 1e-6, headLayerNormEpsilon: 1e-5 };
export const officialSampleRate = 16000;
const officialHeadDim = 64;

/** Heads as told, else of 64 channels each. */
export function inferHeads(embedDim: number, { heads: told }: Settings, assumptions: string[]): number {
  const heads = told ?? embedDim / officialHeadDim;
  if (!Number.isInteger(heads) || heads < 1 || embedDim % heads !== 0) {
    throw new AudiozooError({
      code: 'argument',
      what: `width ${embedDim} does not split into attention heads`,
      expected: `a number of heads that divides ${embedDim}`,
      got: `${heads}`,
      hint: 'Say how many with `heads`.',
      option: 'settings.heads',
    });
  }
  if (told === undefined) {
    assumptions.push(
      `${heads} attention heads: ${officialHeadDim} channels each, as in every official size.`,
    );
  }
  return heads;
}

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

/** Mean and std as told, else of the data set with this many classes, else `otherwise`, which are `whose`. */
export function inferStatistics(
  classes: number,
  told: Pick<ConversionOptions, 'mean' | 'std'>,
  assumptions: string[],
  otherwise: Statistics = audioset,
  whose = "AudioSet's, since the classes are of no known data set",
): Statistics {
  const dataSet = dataSetOfClassCount(classes);
  const { mean = (dataSet ?? otherwise).mean, std = (dataSet ?? otherwise).std } = told;
  const assumed = [told.mean === undefined && `mean ${mean}`, told.std === undefined && `std ${std}`];
  if (assumed.some(Boolean)) {
    assumptions.push(`${assumed.filter(Boolean).join(' and ')}: ${dataSet ? `${dataSet.name}'s` : whose}.`);
  }
  return { mean, std };
}

/** A person's settings, checked. Throws `argument` errors. */
export function checkSettings(settings: Readonly<Record<string, number>>): Settings {
  for (const [name, value] of Object.entries(settings)) {
    if (!settingNames.some((known) => known === name)) {
      throw new AudiozooError({
        code: 'argument',
        what: `AST has no setting ${JSON.stringify(name)}`,
        option: `settings.${name}`,
        expected: settingNames.join(', '),
        got: name,
      });
    }
    if (!Number.isInteger(value) || value < 1 || value > 1_000_000) {
      throw new AudiozooError({
        code: 'argument',
        what: `${name} does not fit`,
        option: `settings.${name}`,
        expected: 'a whole number from 1 to 1000000',
        got: `${value}`,
      });
    }
  }
  return settings;
}
