import { AudiozooError } from '@audiozoo/core';
import { describeValue } from '@audiozoo/core/plugin';
import { checkNumbers } from '../check-numbers.js';

/**
 * Several models' scores of the same clips and labels → their mean, element by element: how the official
 * AST code forms ensembles (ensemble.py), from probabilities rather than logits. `weights` are relative: twice
 * the weight counts twice. Throws an `argument` error when lengths differ or weights do not fit.
 */
export function averageScores(
  members: readonly (Float32Array | Float64Array)[],
  weights: readonly number[] = Array.from(members ?? [], () => 1),
): Float64Array {
  const lengths = Array.isArray(members) ? members.map((scores) => scores?.length) : [];
  if (new Set(lengths).size !== 1) {
    throw new AudiozooError({
      code: 'argument',
      what: 'these scores have no mean',
      expected: 'scores of at least one model, all of one length',
      got: `lengths ${lengths.join(', ') || 'of none'}`,
    });
  }
  checkMemberWeights(weights, members.length);
  for (const scores of members) checkNumbers('the scores', scores);
  const sum = weights.reduce((a, b) => a + b);
  const mean = new Float64Array(lengths[0]!);
  members.forEach((scores, member) => {
    const share = weights[member]! / sum;
    for (let index = 0; index < mean.length; index++) mean[index]! += share * scores[index]!;
  });
  return mean;
}

/** Throws an `argument` error unless so many members can be weighed by them. */
export function checkMemberWeights(weights: readonly number[], members: number): void {
  const shares = Array.isArray(weights) ? weights : [];
  const areNumbers = shares.every((weight) => typeof weight === 'number' && weight >= 0);
  const sum = areNumbers ? shares.reduce((a, b) => a + b, 0) : 0;
  if (shares.length === members && sum > 0 && sum < Infinity) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'the weights do not fit',
    option: 'weights',
    expected: `${members} numbers, none below 0 and one above`,
    got: shares.map(describeValue).join(', ') || (shares === weights ? 'none' : describeValue(weights)),
  });
}
