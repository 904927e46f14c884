// A signal at positions between its samples: output n lies at n · from / to, and is a sum of samples around it, each
// times a tap of the phase n mod to.

import type { PhaseTaps } from './resampling-kernel.js';

export interface Interpolation {
  /** Rates without common divisors. */
  readonly from: number;
  readonly to: number;
  readonly taps: PhaseTaps;
}

export interface Interpolator {
  /**
   * Fills `output` with the samples from number `next` on. `signal` begins at sample `start` of the whole, and holds
   * all that the taps ask for.
   */
  interpolate(signal: Float32Array, start: number, next: number, output: Float32Array): void;
}

export function createScalarInterpolator({ from, to, taps }: Interpolation): Interpolator {
  return {
    interpolate(signal, start, next, output) {
      for (let index = 0, number = next; index < output.length; index++, number++) {
        const phase = number % to;
        const first = Math.floor((number * from) / to) - taps.before - start;
        output[index] = dot(taps.tapsOf(phase), taps.offsetOf(phase), signal, first, taps.length);
      }
    },
  };
}

/** Four sums, because a single one would wait for itself at each product. */
function dot(
  taps: Float64Array,
  offset: number,
  signal: Float32Array,
  first: number,
  length: number,
): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  for (let tap = 0; tap < length; tap += 4) {
    sum0 += taps[offset + tap]! * signal[first + tap]!;
    sum1 += taps[offset + tap + 1]! * signal[first + tap + 1]!;
    sum2 += taps[offset + tap + 2]! * signal[first + tap + 2]!;
    sum3 += taps[offset + tap + 3]! * signal[first + tap + 3]!;
  }
  return sum0 + sum2 + (sum1 + sum3);
}
