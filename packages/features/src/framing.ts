// Where frames lie in a signal, and what they hold that reach over its ends.

import { AudiozooError } from '@audiozoo/core';
import type { FbankSettings } from './fbank-options.js';

/**
 * What a signal is behind its ends: mirrored around its last sample (`reflect`: 2 1 | 0 1 2) or around its edge
 * (`symmetric`: 1 0 | 0 1 2), or zero. `none`: no frame reaches over them.
 */
export type SignalPadding = 'reflect' | 'symmetric' | 'zeros' | 'none';

export interface Framing {
  readonly padding: SignalPadding;
  /** The first sample that frames may read. */
  readonly signalStart: number;
  /** The fewest samples that make a frame. */
  readonly minSamples: number;
  frameCount(sampleCount: number): number;
  /** The most samples that give no more than so many frames. */
  maxSamples(frames: number): number;
  /** Throws an `audio-too-short` error below `minSamples`. */
  checkLength(sampleCount: number): void;
  /** The frame's first sample; may lie before the signal, and its end behind it. */
  frameStart(frame: number): number;
  /**
   * Fills `frame` with the samples from `start` of a signal of `sampleCount` samples, which goes on behind its ends.
   * `buffer` holds the part of the signal from sample `bufferStart`.
   */
  copyOverEnds(
    buffer: Float32Array,
    bufferStart: number,
    sampleCount: number,
    start: number,
    frame: Float32Array,
  ): void;
}

/**
 * The frames of torchaudio's `_get_strided`. With `snipEdges` only inside the signal; without, frame f is centered on
 * (f + ½) · hopLength and the signal is mirrored at both ends: 2 1 0 | 0 1 2.
 */
export function createFraming({
  sampleRate,
  windowLength,
  hopLength,
  snipEdges,
}: Pick<FbankSettings, 'sampleRate' | 'windowLength' | 'hopLength' | 'snipEdges'>): Framing {
  const half = Math.floor(hopLength / 2);
  const before = snipEdges ? 0 : Math.floor(windowLength / 2) - half;
  const minSamples = snipEdges ? windowLength : Math.max(windowLength, hopLength - half);

  return {
    padding: snipEdges ? 'none' : 'symmetric',
    signalStart: 0,
    minSamples,
    frameCount(sampleCount) {
      if (sampleCount < minSamples) return 0;
      return snipEdges
        ? 1 + Math.floor((sampleCount - windowLength) / hopLength)
        : Math.floor((sampleCount + half) / hopLength);
    },
    maxSamples: (frames) =>
      snipEdges ? windowLength + frames * hopLength - 1 : (frames + 1) * hopLength - half - 1,
    checkLength: (sampleCount) => checkLength(sampleCount, minSamples, sampleRate),
    frameStart: (frame) => frame * hopLength - before,
    copyOverEnds(buffer, bufferStart, sampleCount, start, frame) {
      for (let index = 0; index < frame.length; index++) {
        let position = start + index;
        if (position < 0) position = -1 - position;
        if (position >= sampleCount) position = 2 * sampleCount - 1 - position;
        frame[index] = buffer[position - bufferStart]!;
      }
    },
  };
}

/** Throws an `audio-too-short` error below `minSamples`. */
export function checkLength(sampleCount: number, minSamples: number, sampleRate: number): void {
  if (sampleCount >= minSamples) return;
  throw new AudiozooError({
    code: 'audio-too-short',
    what: 'the sound is shorter than one analysis window',
    expected: `at least ${minSamples} samples (${(1000 * minSamples) / sampleRate} ms at ${sampleRate} Hz)`,
    got: `${sampleCount}`,
    hint: 'Use a longer clip, or append silence to it.',
  });
}
