// Sound of any length as the windows that a model hears it in.

import { AudiozooError, type ClipBounds } from '@audiozoo/core';
import type { AudioPieces, AudioSource } from '@audiozoo/features';
import type { WindowOptions } from '../classify/classify-options.js';
import { windowLength } from './clip-length.js';
import { cutWindows } from './cut-windows.js';
import { openSound } from './sound-pieces.js';

/** Samples at the model's rate; times in seconds of the recording. */
export interface TimedWindow {
  readonly samples: Float32Array;
  readonly start: number;
  readonly end: number;
  /** The moment that it stands for: its middle, as if it were not cut at the ends of the sound. */
  readonly time: number;
}

export interface OpenWindows {
  /** Of the sound, where that is known. */
  readonly seconds: number | undefined;
  readonly windows: AsyncIterable<TimedWindow>;
}

/** Throws `argument` errors for windows and hops that do not fit, and as `openSound` does. */
export async function openWindows(
  bounds: ClipBounds,
  sound: AudioSource | AudioPieces,
  options: Omit<WindowOptions, 'batch' | 'onProgress'>,
): Promise<OpenWindows> {
  const { window, hop, centered = false, ...audioOptions } = options;
  const { sampleRate, minSamples } = bounds;
  const length = windowLength(window, bounds);
  const hopSamples = hop === undefined ? length : Math.round(hop * sampleRate);
  if (!(hopSamples >= 1 && hopSamples < Infinity)) {
    throw new AudiozooError({
      code: 'argument',
      what: 'the hop is not a time',
      expected: 'seconds, above 0',
      got: `${hop}`,
      option: 'hop',
    });
  }
  const { start: begin = 0 } = audioOptions;
  const pieces = await openSound(sound, sampleRate, audioOptions);

  async function* timed(): AsyncGenerator<TimedWindow, void, undefined> {
    const grid = { length, hop: hopSamples, centered, minSamples };
    for await (const { position, first, end, samples } of cutWindows(pieces, grid)) {
      yield {
        samples,
        start: begin + first / sampleRate,
        end: begin + end / sampleRate,
        time: begin + (position + length / 2) / sampleRate,
      };
    }
  }
  return { seconds: pieces.seconds, windows: timed() };
}
