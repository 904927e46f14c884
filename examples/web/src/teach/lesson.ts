// What somebody teaches: sounds that have names, and recordings of each.

import type { Audio } from '@audiozoo/features';

export interface Recording extends Audio {
  /** No other of the page has it. */
  readonly id: number;
}

export interface TaughtSound {
  readonly name: string;
  readonly recordings: readonly Recording[];
}

/** In the order of the model's labels; each has a name of its own and a recording. */
export type Lesson = readonly TaughtSound[];

let lastId = 0;

export function newRecording({ samples, sampleRate }: Audio): Recording {
  return { id: ++lastId, samples, sampleRate };
}

export function secondsOf({ samples, sampleRate }: Audio): number {
  return samples.length / sampleRate;
}
