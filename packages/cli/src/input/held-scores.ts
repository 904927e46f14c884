// Scores that are kept until nothing more comes: counted before they are, so that memory has an end.

import { AudiozooError } from '@audiozoo/core';

/** The evaluation clips of AudioSet-Strong, 47 hours in steps of 40 ms, with their 407 labels as float32, and some more. */
const most = { steps: 5_000_000, bytes: 8_000_000_000 };

export interface HeldScores {
  /** Throws an `argument` error when there are more than a command holds. */
  add(steps: number, bytes: number): void;
  /** It threw. */
  readonly areTooMany: boolean;
}

export function holdScores(limits = most): HeldScores {
  let [steps, bytes] = [0, 0];
  const areTooMany = () => steps > limits.steps || bytes > limits.bytes;
  return {
    add(moreSteps, moreBytes) {
      steps += moreSteps;
      bytes += moreBytes;
      if (!areTooMany()) return;
      throw new AudiozooError({
        code: 'argument',
        what: 'there are too many scores to hold',
        expected: `at most ${limits.steps} windows or steps, and ${limits.bytes} bytes of their scores`,
        got: `${steps}, ${bytes} bytes`,
        hint: 'Take fewer labels, or less sound at a time.',
      });
    },
    get areTooMany() {
      return areTooMany();
    },
  };
}
