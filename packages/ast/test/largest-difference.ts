import type { Tensor } from '@audiozoo/core';
import { sameShape } from '@audiozoo/core/plugin';

/** The largest absolute difference between two tensors; infinite when their shapes differ or one is NaN. */
export function largestDifference(a: Tensor, b: Tensor): number {
  if (!sameShape(a.shape, b.shape)) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let index = 0; index < a.data.length; index++) {
    const difference = Math.abs(Number(a.data[index]) - Number(b.data[index]));
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return largest;
}
