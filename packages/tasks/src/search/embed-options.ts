// What `embed` can be asked, of clips and of longer sound.

import type { OptionKinds } from '@audiozoo/core/plugin';
import type { AudioSource } from '@audiozoo/features';
import { movableWindowKinds, type WindowOptions } from '../classify/classify-options.js';

/** What a model makes of a part of a recording, in seconds. */
export interface EmbeddedWindow {
  readonly start: number;
  readonly end: number;
  /** The moment that it stands for: its middle, as if it were not cut at the ends of the sound. */
  readonly time: number;
  /** [embedDim] */
  readonly embedding: Float32Array;
}

/** Of windows one by one: there are no batches. */
export interface EmbedWindowOptions extends Omit<WindowOptions, 'batch'> {}

const { batch: _, ...windowKinds } = movableWindowKinds;

export const embedWindowOptionKinds = {
  ...windowKinds,
  centered: 'boolean',
} as const satisfies OptionKinds<EmbedWindowOptions>;

/** `aggregate` or `hop` allows sound of any length. `window` and `onProgress` need one of them. */
export interface EmbedOptions extends Omit<EmbedWindowOptions, 'centered'> {
  /**
   * How windows become one answer: `mean` (when absent, once a `hop` is given), in which a shorter last window counts for
   * as little as it lasts, or `none`: each window for itself.
   */
  readonly aggregate?: 'mean' | 'none' | undefined;
}

export const embedOptionKinds = {
  ...windowKinds,
  aggregate: { choices: ['mean', 'none'] },
} as const satisfies OptionKinds<EmbedOptions>;

/**
 * What the model makes of one clip before its last layer: [embedDim]; with `aggregate` or `hop`, of sound of any length,
 * window by window. Where each window's embedding has length 1, as CLAP's, so has their mean.
 */
export interface Embed {
  (audio: AudioSource, options: EmbedOptions & { readonly aggregate: 'none' }): Promise<EmbeddedWindow[]>;
  (
    audio: AudioSource,
    options?: EmbedOptions & { readonly aggregate?: 'mean' | undefined },
  ): Promise<Float32Array>;
}
