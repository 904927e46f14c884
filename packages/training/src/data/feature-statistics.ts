// What the features of one's own data are like: the mean and deviation that a model's input is normalized by.

import { AudiozooError } from '@audiozoo/core';

export interface FeatureStatistics {
  readonly mean: number;
  /** The standard deviation of a sample: its squares are divided by one less than their number. */
  readonly std: number;
}

export interface FeatureStatisticsStream {
  /** The features of one more clip, as they are normalized: cut or padded, not masked, mixed or normalized. */
  add(features: ArrayLike<number>): void;
  /** Throws an `argument` error before there are two numbers that differ. */
  result(): FeatureStatistics;
}

/**
 * Mean and deviation over all numbers of all clips, in float64 and one pass (Chan, Golub, LeVeque, 1983). The official
 * `get_norm_stats.py` takes means of those of batches of 1000 clips, in float32; of one batch it finds the same.
 */
export function featureStatistics(): FeatureStatisticsStream {
  let count = 0;
  let mean = 0;
  let squares = 0; // of the distances to the mean

  return {
    add(features) {
      const { length } = features;
      if (length === 0) return;
      let sum = 0;
      for (let index = 0; index < length; index++) sum += features[index]!;
      const own = sum / length;
      if (!Number.isFinite(own)) throw unusable('finite features', `a mean of ${own}`);
      let distances = 0;
      for (let index = 0; index < length; index++) distances += (features[index]! - own) ** 2;
      const all = count + length;
      squares += distances + ((own - mean) ** 2 * count * length) / all;
      mean += ((own - mean) * length) / all;
      count = all;
    },
    result() {
      const std = Math.sqrt(squares / (count - 1));
      if (std > 0) return { mean, std };
      throw unusable('features that are not all the same', `${count} that are`);
    },
  };
}

function unusable(expected: string, got: string): AudiozooError {
  return new AudiozooError({ code: 'argument', what: 'features have no statistics', expected, got });
}
