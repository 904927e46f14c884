// The labels of a checkpoint that names none: a person's, those of the data set with as many classes, or numbers.

import { AudiozooError } from '../errors.js';
import { unnamedLabel } from '../model-directory/config-labels.js';
import type { Label } from './label.js';

/** A data set that models are trained on, whose classes are known by their number. */
export interface LabelList {
  readonly name: string;
  readonly labels: readonly Label[];
}

/** Throws an `argument` error unless the labels that a person gave, if any, are as many as the classes. */
export function checkLabels(given: readonly Label[] | undefined, classes: number): void {
  if (!given || given.length === classes) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'the labels do not fit the checkpoint',
    option: 'labels',
    expected: `${classes} labels, as its head has classes`,
    got: `${given.length}`,
    hint: 'Pass the label file that the model was trained with.',
  });
}

/** Those given, else of the first list with as many classes, else LABEL_0 and so on; what was taken for granted is added. */
export function inferLabels(
  classes: number,
  given: readonly Label[] | undefined,
  lists: readonly LabelList[],
  assumptions: string[],
): readonly Label[] {
  checkLabels(given, classes);
  if (given) return given;
  const known = lists.find(({ labels }) => labels.length === classes);
  assumptions.push(
    known
      ? `Labels: the ${classes} of ${known.name}.`
      : `Labels: LABEL_0 to LABEL_${classes - 1}, since no known data set has ${classes} classes.`,
  );
  return known?.labels ?? Array.from({ length: classes }, (_, index) => unnamedLabel(index));
}
