// What fine-tuning hears, wherever it comes from: files of a disk, or sound in a page's memory.

import type { Label } from '@audiozoo/core';

/** A clip to train on, or to judge by. */
export interface TrainingClip {
  /** What people know it by: a path, a title. */
  readonly name: string;
  /** Places of its labels among the classes; one or more. */
  readonly labels: readonly number[];
  /** The part of a cross-validation that it belongs to. */
  readonly fold?: number | undefined;
  /** Tells this version of its sound from others of the name, such as a file's size and time; absent: it is always the same. */
  readonly version?: string | undefined;
  /** Its samples, of one channel at so many hertz, from the first on: what is behind `maxSamples` may be left out. Asked for in each epoch. */
  sound(sampleRate: number, options: SoundOptions): Promise<Float32Array>;
}

export interface SoundOptions {
  readonly maxSamples?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TrainingSet {
  /** The classes, in the order of the model's outputs. */
  readonly labels: readonly Label[];
  readonly clips: readonly TrainingClip[];
}
