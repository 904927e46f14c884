// All that is random in training is a function of (seed, epoch, clip) and of what it is for: not of what was drawn before, of
// which clips came first, or of how many threads there are. So training resumes to the same bits, and what one augmentation
// draws does not change when another is switched off.

import { AudiozooError } from '@audiozoo/core';
import { describeValue, type SeededRandom, seededRandom } from '@audiozoo/core/plugin';

/** What is drawn. Numbers stay as they are: a new purpose goes behind the others. */
const purposes = {
  order: 0,
  mixup: 1,
  frequencyMask: 2,
  timeMask: 3,
  noise: 4,
  roll: 5,
  gain: 6,
  shift: 7,
  stretch: 8,
  split: 9,
  adapters: 10,
} as const;

export interface RandomKey {
  /** A whole number from 0 that JavaScript holds exactly. */
  readonly seed: number;
  /** From 0; 0 when absent. */
  readonly epoch?: number | undefined;
  /** The place of a clip in its data set, or in its epoch where clips are drawn more than once; 0 when absent. */
  readonly clip?: number | undefined;
}

export interface Random extends SeededRandom {
  /** A whole number from 0 up to, never quite, `count`. */
  below(count: number): number;
  /** Of mean and variance `shape`, which is above 0. */
  gamma(shape: number): number;
  /** Between 0 and 1, of mean a / (a + b). */
  beta(a: number, b: number): number;
}

/** The same key and purpose give the same numbers. Throws an `argument` error on a key that is none. */
export function createRandom(key: RandomKey, purpose: keyof typeof purposes): Random {
  const { seed, epoch = 0, clip = 0 } = key;
  checkWhole('seed', seed, Number.MAX_SAFE_INTEGER);
  checkWhole('epoch', epoch, 2 ** 32 - 1);
  checkWhole('clip', clip, 2 ** 32 - 1);
  const { uniform, normal } = seededRandom(seed, [epoch, clip, purposes[purpose]]);

  /** Marsaglia and Tsang, A Simple Method for Generating Gamma Variables (2000). */
  function gamma(shape: number): number {
    if (!(shape > 0 && shape < Infinity)) {
      const what = 'a gamma distribution has no such shape';
      throw new AudiozooError({ code: 'argument', what, expected: 'a number above 0', got: `${shape}` });
    }
    if (shape < 1) return gamma(shape + 1) * (1 - uniform()) ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - uniform()) < (x * x) / 2 + d * (1 - v + Math.log(v))) return d * v;
    }
  }

  return {
    uniform,
    below: (count) => Math.floor(uniform() * count),
    normal,
    gamma,
    beta(a, b) {
      const [x, y] = [gamma(a), gamma(b)];
      return x / (x + y);
    },
  };
}

function checkWhole(option: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= most) return;
  throw new AudiozooError({
    code: 'argument',
    what: `${option} is no key of random numbers`,
    expected: `a whole number from 0 to ${most}`,
    got: describeValue(value),
    option,
  });
}
