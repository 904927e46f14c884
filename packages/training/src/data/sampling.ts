// Which clips an epoch hears, in which order: a function of (seed, epoch).

import { AudiozooError } from '@audiozoo/core';
import { createRandom, type RandomKey } from '../random/random.js';

type EpochKey = Pick<RandomKey, 'seed' | 'epoch'>;

/** Each of so many clips once, every order as likely (Fisher and Yates). */
export function shuffledOrder(clips: number, key: EpochKey): Uint32Array {
  const random = createRandom({ seed: key.seed, epoch: key.epoch }, 'order');
  const order = Uint32Array.from({ length: clips }, (_, clip) => clip);
  for (let last = clips - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

/**
 * As many clips as there are weights, each drawn anew with a chance in proportion to its weight, so that some come often and
 * some not at all: as `torch.utils.data.WeightedRandomSampler` with replacement. Throws an `argument` error on weights that
 * cannot be drawn by.
 */
export function weightedOrder(weights: ArrayLike<number>, key: EpochKey): Uint32Array {
  const random = createRandom({ seed: key.seed, epoch: key.epoch }, 'order');
  const sums = new Float64Array(weights.length);
  let total = 0;
  for (let clip = 0; clip < weights.length; clip++) {
    const weight = weights[clip]!;
    if (!(weight >= 0 && weight < Infinity)) throw noWeight(`${weight} for clip ${clip}`);
    total += weight;
    sums[clip] = total;
  }
  if (weights.length > 0 && !(total > 0 && total < Infinity)) throw noWeight(`${total} in all`);
  return Uint32Array.from(sums, () => firstAbove(sums, random.uniform() * total));
}

/**
 * What each clip weighs where rare labels are to be heard as often as frequent ones: Σ 1000 / (count + 0.01) over its labels,
 * the count being that of the label in all clips.
 */
export function samplingWeights(clips: readonly { readonly labels: readonly number[] }[]): Float64Array {
  const counts = new Map<number, number>();
  for (const { labels } of clips) {
    for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return Float64Array.from(clips, ({ labels }) =>
    labels.reduce((sum, label) => sum + 1000 / (counts.get(label)! + 0.01), 0),
  );
}

/** The first place whose sum is above a value below the last. */
function firstAbove(sums: Float64Array, value: number): number {
  let [first, last] = [0, sums.length - 1];
  while (first < last) {
    const middle = Math.floor((first + last) / 2);
    if (sums[middle]! > value) last = middle;
    else first = middle + 1;
  }
  return first;
}

function noWeight(got: string): AudiozooError {
  const what = 'clips cannot be drawn by these weights';
  return new AudiozooError({ code: 'argument', what, expected: 'numbers from 0, not all of them 0', got });
}
