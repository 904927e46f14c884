// How well one class's scores put its clips before the others. Both figures come from one walk down the
// scores, from the highest on; clips with equal scores are taken together, so that their order decides
// nothing.

import { AudiozooError } from '@audiozoo/core';
import { checkNumbers } from '../check-numbers.js';

export interface ClassMetrics {
  /** Clips that have the label. */
  readonly positives: number;
  /** Precision averaged over recall; undefined where a class has no positives or no negatives. */
  readonly averagePrecision: number | undefined;
  /** Chance that a positive outscores a negative, equals counting half; undefined likewise. */
  readonly rocAuc: number | undefined;
}

/**
 * One class's metrics from its scores and its truth (1 where a clip has the label, 0 where not). Matches
 * scikit-learn's average_precision_score and roc_auc_score. Throws an `argument` error on scores that are
 * NaN, and on as many truths as there are not scores.
 */
export function classMetrics(scores: ArrayLike<number>, targets: ArrayLike<number>): ClassMetrics {
  const [positives, negatives] = separate(scores, targets);
  const counts = { positives: positives.length, negatives: negatives.length };
  if (counts.positives === 0 || counts.negatives === 0) {
    return { positives: counts.positives, averagePrecision: undefined, rocAuc: undefined };
  }

  let precisions = 0; // at each positive, summed
  let pairs = 0; // of a positive above a negative
  let truePositives = 0;
  let falsePositives = 0;
  while (truePositives + falsePositives < scores.length) {
    const highest = Math.max(
      positives[counts.positives - truePositives - 1] ?? -Infinity,
      negatives[counts.negatives - falsePositives - 1] ?? -Infinity,
    );
    const tiedPositives = countOfLast(positives, counts.positives - truePositives, highest);
    const tiedNegatives = countOfLast(negatives, counts.negatives - falsePositives, highest);
    pairs += tiedNegatives * (truePositives + tiedPositives / 2);
    truePositives += tiedPositives;
    falsePositives += tiedNegatives;
    precisions += (tiedPositives * truePositives) / (truePositives + falsePositives);
  }
  return {
    positives: counts.positives,
    averagePrecision: precisions / counts.positives,
    rocAuc: pairs / (counts.positives * counts.negatives),
  };
}

/** Scores of the clips with and without the label, each ascending: numbers alone sort ten times as fast as pairs. */
function separate(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
): [positives: Float64Array, negatives: Float64Array] {
  checkNumbers('the scores', scores);
  checkNumbers('the truths', targets);
  if (scores.length !== targets.length) {
    throw new AudiozooError({
      code: 'argument',
      what: 'scores and truth do not go together',
      expected: `${scores.length} truths`,
      got: `${targets.length}`,
    });
  }
  let count = 0;
  for (let clip = 0; clip < targets.length; clip++) if (targets[clip]) count++;
  const positives = new Float64Array(count);
  const negatives = new Float64Array(targets.length - count);
  let positive = 0;
  let negative = 0;
  for (let clip = 0; clip < scores.length; clip++) {
    const score = scores[clip]!;
    if (Number.isNaN(score)) {
      throw new AudiozooError({
        code: 'argument',
        what: `the score of clip ${clip} cannot be ranked`,
        expected: 'a number',
        got: 'NaN',
        hint: 'Leave out the clips that have no scores.',
      });
    }
    if (targets[clip]) positives[positive++] = score;
    else negatives[negative++] = score;
  }
  return [positives.sort(), negatives.sort()];
}

/** How often `value` stands at the end of the first `length` of ascending numbers. */
function countOfLast(ascending: Float64Array, length: number, value: number): number {
  let count = 0;
  while (count < length && ascending[length - count - 1] === value) count++;
  return count;
}
