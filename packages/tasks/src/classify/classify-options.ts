// What can be asked of a classifier, clip by clip and window by window, and what it answers.

import type { Progress } from '@audiozoo/core';
import type { OptionKinds } from '@audiozoo/core/plugin';
import { type AudioOptions, type AudioSource, audioOptionKinds } from '@audiozoo/features';
import type { ScoredLabel } from './scores.js';

export interface RankOptions {
  /** How many labels to return, best first: 5 when absent. */
  readonly topK?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const rankOptionKinds = {
  topK: 'count',
  signal: 'signal',
} as const satisfies OptionKinds<RankOptions>;

export interface WindowOptions extends AudioOptions {
  /** Seconds that the model hears at a time: as many as it can when absent. */
  readonly window?: number | undefined;
  /** Seconds from one window to the next: a window's length when absent. */
  readonly hop?: number | undefined;
  /**
   * Whether windows have their middles, rather than their beginnings, on the grid 0, hop, 2 · hop, …: then every
   * moment of the sound is near the middle of some window, and silence lies before and behind it.
   */
  readonly centered?: boolean | undefined;
  /** Windows per run of the model: 1 when absent. */
  readonly batch?: number | undefined;
  /** Told the seconds heard so far, of those there are, where that is known: for samples in memory and WAV files. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Windows whose place the caller does not choose. */
export const movableWindowKinds = {
  ...audioOptionKinds,
  window: 'number',
  hop: 'number',
  batch: 'count',
  onProgress: 'function',
} as const satisfies OptionKinds<Omit<WindowOptions, 'centered'>>;

export const windowOptionKinds = {
  ...movableWindowKinds,
  centered: 'boolean',
} as const satisfies OptionKinds<WindowOptions>;

/**
 * How windows become one answer: `mean`, in which a shorter last window counts for as little as it lasts, `max`
 * of each label, or `none`: each window for itself.
 */
export type Aggregate = 'mean' | 'max' | 'none';

/** `aggregate` or `hop` allows sound of any length. `window`, `batch` and `onProgress` need one of them. */
export interface ClassifyOptions extends RankOptions, Omit<WindowOptions, 'centered'> {
  /** `mean` when absent, once a `hop` is given. */
  readonly aggregate?: Aggregate | undefined;
}

export const classifyOptionKinds = {
  ...rankOptionKinds,
  ...movableWindowKinds,
  aggregate: { choices: ['mean', 'max', 'none'] satisfies Aggregate[] },
} as const satisfies OptionKinds<ClassifyOptions>;

/** The labels of a part of a recording, in seconds. */
export interface LabelledWindow {
  readonly start: number;
  readonly end: number;
  /** Best first. */
  readonly labels: readonly ScoredLabel[];
}

/**
 * The best labels of one clip, best first; with `aggregate` or `hop`, of sound of any length, window by
 * window as `classifyWindows` cuts it.
 */
export interface Classify {
  (audio: AudioSource, options: ClassifyOptions & { readonly aggregate: 'none' }): Promise<LabelledWindow[]>;
  (
    audio: AudioSource,
    options?: ClassifyOptions & { readonly aggregate?: Exclude<Aggregate, 'none'> | undefined },
  ): Promise<ScoredLabel[]>;
}
