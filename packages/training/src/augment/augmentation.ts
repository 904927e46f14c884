// What a recipe does to clips so that a model does not learn them by heart.

import { AudiozooError } from '@audiozoo/core';
import { checkOptions, type OptionKinds } from '@audiozoo/core/plugin';

/** What is absent is not done. */
export interface Augmentation {
  /** A clip's sound is mixed with another's at this rate, as λ : 1 − λ with λ ~ Beta(`concentration`, `concentration`). */
  readonly mixup?: { readonly rate: number; readonly concentration: number } | undefined;
  /** Sound is made louder or softer, by up to so many decibels. */
  readonly gain?: { readonly decibels: number } | undefined;
  /** Sound is moved in time, by up to so many seconds either way; what leaves at one end comes in at the other. */
  readonly shift?: { readonly seconds: number } | undefined;
  /** Features are played faster by a factor between these, without another pitch. In none of our recipes. */
  readonly stretch?: { readonly least: number; readonly most: number } | undefined;
  /** One mask along each axis, of fewer columns or frames than these, filled with 0 before features are normalized. */
  readonly masks?: { readonly frequency: number; readonly time: number } | undefined;
  /** To each normalized feature a number from 0 up to `most` times a number from 0 to 1 that the clip has in common. */
  readonly noise?: { readonly most: number } | undefined;
  /** Normalized features are rolled in time, by a whole number of frames from −`back` to `ahead`. */
  readonly roll?: { readonly back: number; readonly ahead: number } | undefined;
}

const kinds = {
  mixup: 'record',
  gain: 'record',
  shift: 'record',
  stretch: 'record',
  masks: 'record',
  noise: 'record',
  roll: 'record',
} as const satisfies OptionKinds<Augmentation>;

const fields: Readonly<Record<keyof Augmentation, Readonly<Record<string, 'number'>>>> = {
  mixup: { rate: 'number', concentration: 'number' },
  gain: { decibels: 'number' },
  shift: { seconds: 'number' },
  stretch: { least: 'number', most: 'number' },
  masks: { frequency: 'number', time: 'number' },
  noise: { most: 'number' },
  roll: { back: 'number', ahead: 'number' },
};

/** From 0 to a billion where nothing else is said. */
const bounds: Readonly<Record<string, readonly [number, number]>> = {
  'mixup.rate': [0, 1],
  'mixup.concentration': [0.001, 1e6],
  'gain.decibels': [0, 120],
  'stretch.least': [0.25, 4],
  'stretch.most': [0.25, 4],
};

/** Throws an `argument` error on augmentations that make no sense. */
export function checkAugmentation(augmentation: Augmentation): void {
  checkOptions('the augmentation', augmentation, kinds, { path: 'augmentation.' });
  for (const [name, values] of Object.entries(augmentation)) {
    if (values === undefined) continue;
    const known = fields[name as keyof Augmentation];
    checkOptions(`the ${name}`, values, known, { path: `augmentation.${name}.` });
    for (const field of Object.keys(known)) {
      const value: unknown = (values as Readonly<Record<string, unknown>>)[field];
      const isWhole = name === 'masks' || name === 'roll';
      const [least, most] = bounds[`${name}.${field}`] ?? [0, 1e9];
      const fits = typeof value === 'number' && value >= least && value <= most;
      if (fits && (!isWhole || Number.isInteger(value))) continue;
      const expected = `a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`;
      throw refused(`${name}.${field}`, expected, String(value));
    }
  }
  const { least = 1, most = 1 } = augmentation.stretch ?? {};
  if (least > most) throw refused('stretch.least', `a number up to ${most}`, `${least}`);
}

function refused(option: string, expected: string, got: string): AudiozooError {
  const what = `${option} of the augmentation makes no sense`;
  return new AudiozooError({ code: 'argument', what, expected, got, option: `augmentation.${option}` });
}
