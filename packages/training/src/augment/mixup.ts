// Mixup of sound, before features are made of it: between-class learning (Tokozume, Ushiku, Harada, 2018) as the official code
// of AST does it.

import { createRandom, type RandomKey } from '../random/random.js';
import type { Augmentation } from './augmentation.js';

export interface Mix {
  /** The place of the other clip, of all clips of the set alike: it may be the clip itself. */
  readonly partner: number;
  /** λ: the first clip's part. */
  readonly share: number;
}

/** With which clip, of `clips`, a clip is mixed in an epoch; undefined: with none. */
export function drawMix(mixup: Augmentation['mixup'], clips: number, key: RandomKey): Mix | undefined {
  if (!mixup) return undefined;
  const random = createRandom(key, 'mixup');
  if (random.uniform() >= mixup.rate) return undefined;
  const partner = random.below(clips);
  return { partner, share: random.beta(mixup.concentration, mixup.concentration) };
}

/**
 * The mix of two sounds of one rate, as long as the first: each loses its mean, the other is then cut or filled with silence, and
 * the mix loses its mean again. Means are summed in float64, where the official code sums in float32.
 */
export function mixSounds(first: Float32Array, partner: Float32Array, share: number): Float32Array {
  const [ofFirst, ofPartner] = [meanOf(first), meanOf(partner)];
  const mixed = first.map((sample, index) => {
    const other = index < partner.length ? partner[index]! - ofPartner : 0;
    return share * (sample - ofFirst) + (1 - share) * other;
  });
  const mean = meanOf(mixed);
  return mixed.map((sample) => sample - mean);
}

/** Soft labels of the mix: a label that both have is whole. */
export function mixTargets(first: Float32Array, partner: Float32Array, share: number): Float32Array {
  return first.map((target, label) => share * target + (1 - share) * partner[label]!);
}

function meanOf(samples: Float32Array): number {
  return samples.length === 0 ? 0 : samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
}
