// Which clips a model is trained on, and which it is judged by.

import { AudiozooError } from '@audiozoo/core';
import { createRandom } from '../random/random.js';
import type { LabeledClip } from './data-set.js';

/** Places of clips. */
export interface Split {
  readonly training: readonly number[];
  readonly validation: readonly number[];
}

export interface Fold extends Split {
  /** Its number in the data set. */
  readonly fold: number;
}

/**
 * Cross-validation by the folds that the data set names, as ESC-50's protocol has it: a model for each fold, trained on all others
 * and judged on this one alone. Throws an `argument` error unless every clip has a fold, and there are two.
 */
export function crossValidation(clips: readonly Pick<LabeledClip, 'file' | 'fold'>[]): Fold[] {
  const refuse = (what: string, got: string) =>
    new AudiozooError({
      code: 'argument',
      what,
      expected: 'a fold for each clip, and two or more of them',
      got,
      hint: '`stratifiedFolds` makes some.',
    });
  const without = clips.find(({ fold }) => fold === undefined);
  if (without) throw refuse('a data set has no folds', `none for ${without.file}`);
  const folds = [...new Set(clips.map(({ fold }) => fold!))].sort((a, b) => a - b);
  if (folds.length < 2) throw refuse('a data set has too few folds', `${folds.length}`);
  return folds.map((fold) => ({ fold, ...splitBy(clips, (clip) => clip.fold === fold) }));
}

/** `share` of the clips to judge by, of each label alike, as far as it goes. Parts of one file stay together. */
export function stratifiedSplit(
  clips: readonly Pick<LabeledClip, 'file' | 'labels'>[],
  share: number,
  seed: number,
): Split {
  if (!(share > 0 && share < 1)) {
    throw new AudiozooError({
      code: 'argument',
      what: 'clips cannot be split so',
      expected: 'a share between 0 and 1',
      got: `${share}`,
      option: 'share',
    });
  }
  const parts = stratify(clips, [1 - share, share], seed);
  return splitBy(clips, (_, place) => parts[place] === 1);
}

/** A fold for each clip, from 1 to `folds`, of each label alike, as far as it goes. Parts of one file stay together. */
export function stratifiedFolds(
  clips: readonly Pick<LabeledClip, 'file' | 'labels'>[],
  folds: number,
  seed: number,
): number[] {
  if (!(Number.isInteger(folds) && folds >= 2 && folds <= 1000)) {
    throw new AudiozooError({
      code: 'argument',
      what: 'clips cannot be divided so',
      expected: 'from 2 to 1000 folds',
      got: `${folds}`,
      option: 'folds',
    });
  }
  return stratify(clips, Array<number>(folds).fill(1 / folds), seed).map((part) => part + 1);
}

/**
 * The part of each clip, by iterative stratification (Sechidis, Tsoumakas, Vlahavas, 2011): of the label that fewest files have
 * left, each goes to the part that lacks most of it; of those alike, to the one that lacks most files.
 */
function stratify(
  clips: readonly Pick<LabeledClip, 'file' | 'labels'>[],
  shares: readonly number[],
  seed: number,
): number[] {
  const labelsOfFile = new Map<string, Set<number>>();
  for (const { file, labels } of clips) {
    const all = labelsOfFile.get(file) ?? new Set();
    for (const label of labels) all.add(label);
    labelsOfFile.set(file, all);
  }
  const filesOfLabel = new Map<number, string[]>();
  for (const [file, labels] of labelsOfFile) {
    for (const label of labels) {
      const files = filesOfLabel.get(label);
      if (files) files.push(file);
      else filesOfLabel.set(label, [file]);
    }
  }
  const lacking = new Map(
    Array.from(filesOfLabel, ([label, { length }]) => [label, shares.map((share) => share * length)]),
  );
  const lackingFiles = shares.map((share) => share * labelsOfFile.size);
  const partOfFile = new Map<string, number>();
  const random = createRandom({ seed }, 'split');

  const left = new Map(Array.from(filesOfLabel, ([label, { length }]) => [label, length]));
  while (left.size > 0) {
    const [rarest] = [...left].reduce((least, each) => (each[1] < least[1] ? each : least));
    left.delete(rarest);
    const files = filesOfLabel.get(rarest)!.filter((file) => !partOfFile.has(file));
    for (let last = files.length - 1; last >= 0; last--) {
      const drawn = random.below(last + 1);
      const file = files[drawn]!;
      files[drawn] = files[last]!;
      const wanted = lacking.get(rarest)!;
      const part = shares
        .map((_, each) => each)
        .reduce((best, each) => {
          const more = wanted[each]! - wanted[best]! || lackingFiles[each]! - lackingFiles[best]!;
          return more > 0 ? each : best;
        });
      partOfFile.set(file, part);
      lackingFiles[part]!--;
      for (const label of labelsOfFile.get(file)!) {
        lacking.get(label)![part]!--;
        if (left.has(label)) left.set(label, left.get(label)! - 1);
      }
    }
  }
  return clips.map(({ file }) => partOfFile.get(file) ?? 0);
}

function splitBy<Clip>(
  clips: readonly Clip[],
  isValidation: (clip: Clip, place: number) => boolean,
): { training: number[]; validation: number[] } {
  const split: { training: number[]; validation: number[] } = { training: [], validation: [] };
  clips.forEach((clip, place) => {
    split[isValidation(clip, place) ? 'validation' : 'training'].push(place);
  });
  return split;
}
