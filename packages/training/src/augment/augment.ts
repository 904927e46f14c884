// Augmentations put together, for one clip. Each draws by itself from (seed, epoch, clip).

import type { RandomKey } from '../random/random.js';
import type { Augmentation } from './augmentation.js';
import { addNoise, type FeatureSize, maskFeatures, rollFeatures } from './features.js';
import { changeGain, shiftSound } from './sound.js';

/** The sound of a clip as one epoch hears it; mixup comes before. Gives another array where something is done. */
export function augmentSound(
  samples: Float32Array,
  sampleRate: number,
  { gain, shift }: Augmentation,
  key: RandomKey,
): Float32Array {
  const louder = gain ? changeGain(samples, gain.decibels, key) : samples;
  return shift ? shiftSound(louder, Math.round(shift.seconds * sampleRate), key) : louder;
}

/**
 * Masks, noise and roll of one clip's normalized features [frames, columns], in place and in the official order. `zero` is what
 * normalizing makes of 0: (0 − mean) · scale.
 */
export function augmentFeatures(
  data: Float32Array,
  size: FeatureSize,
  { masks, noise, roll }: Augmentation,
  key: RandomKey,
  zero: number,
): void {
  if (masks) maskFeatures(data, size, masks, key, zero);
  if (noise) addNoise(data, noise.most, key);
  if (roll) rollFeatures(data, size, roll, key);
}
