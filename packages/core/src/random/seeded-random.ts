// Random numbers that are a function of a seed and of a stream's name: nothing that was drawn elsewhere changes them.

import { philox } from './philox.js';

/** Three words of 32 bits: what the numbers are for. */
export type RandomStream = readonly [number, number, number];

export interface SeededRandom {
  /** From 0 up to, never quite, 1: multiples of 2⁻⁵³. */
  uniform(): number;
  /** Of mean 0 and variance 1. */
  normal(): number;
}

/** The same seed, a whole number from 0 that JavaScript holds exactly, and stream give the same numbers. */
export function seededRandom(seed: number, stream: RandomStream): SeededRandom {
  const key = [seed >>> 0, Math.floor(seed / 2 ** 32)] as const;
  let block = 0;
  let words: readonly number[] = [];
  let used = 4;

  function uniform(): number {
    if (used === 4) {
      words = philox([block++, ...stream], key);
      used = 0;
    }
    const [high, low] = [words[used]!, words[used + 1]!];
    used += 2;
    return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
  }

  return {
    uniform,
    /** Box and Muller's transform. */
    normal() {
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      return radius * Math.cos(2 * Math.PI * uniform());
    },
  };
}
