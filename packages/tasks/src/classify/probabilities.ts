// Between logits and the probabilities that ensembles average.

import type { ProblemType, Tensor } from '@audiozoo/core';
import { scoresOf } from './scores.js';

/** [..., labels] → all in a row */
export function probabilitiesOf(
  { data, shape }: Tensor<'float32'>,
  problemType: ProblemType,
): Float64Array<ArrayBuffer> {
  const width = shape.at(-1)!;
  const probabilities = new Float64Array(data.length);
  for (let row = 0; row < data.length; row += width) {
    probabilities.set(scoresOf(data.subarray(row, row + width), problemType), row);
  }
  return probabilities;
}

/** Logits that give these probabilities. */
export function logitsOf(probabilities: Float64Array, problemType: ProblemType): Float32Array<ArrayBuffer> {
  return Float32Array.from(probabilities, problemType === 'multi_label_classification' ? logOdds : logarithm);
}

/** The logit of a sigmoid; of 1, that of the number before it, since infinity is no score. */
function logOdds(probability: number): number {
  return logarithm(probability) - Math.log(Math.max(1 - probability, Number.EPSILON / 2));
}

function logarithm(probability: number): number {
  return Math.log(Math.max(probability, Number.MIN_VALUE));
}
