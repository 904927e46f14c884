// What is done to samples.

import { createRandom, type RandomKey } from '../random/random.js';

/** Louder or softer by a number of decibels that is uniform from −`decibels` to `decibels`. Nothing is clipped. */
export function changeGain(samples: Float32Array, decibels: number, key: RandomKey): Float32Array {
  const factor = 10 ** ((decibels * (2 * createRandom(key, 'gain').uniform() - 1)) / 20);
  return samples.map((sample) => sample * factor);
}

/** Later by a whole number of samples from −`most` to `most`, each as likely; the end comes in at the beginning. */
export function shiftSound(samples: Float32Array, most: number, key: RandomKey): Float32Array {
  return rolled(samples, createRandom(key, 'shift').below(2 * most + 1) - most);
}

/** Moved towards the end by `by` places (below 0: towards the beginning), around. */
export function rolled(data: Float32Array, by: number): Float32Array {
  const { length } = data;
  const moved = new Float32Array(length);
  if (length === 0) return moved;
  const first = ((by % length) + length) % length;
  moved.set(data.subarray(0, length - first), first);
  moved.set(data.subarray(length - first));
  return moved;
}
