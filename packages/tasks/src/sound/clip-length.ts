// Clips that do not fit a model's window are refused, not cut: nobody should get labels for a part of what they passed.
// And before they are read and resampled, where their length is known: a small file at a low rate is hours of sound.

import { AudiozooError, type ClipBounds, errorDescription } from '@audiozoo/core';
import { concatenate } from '@audiozoo/core/plugin';

export type LongestClip = Pick<ClipBounds, 'maxSamples' | 'sampleRate'>;

/** Of a window of longer sound, where nobody says how long it is. */
export function windowSamples({
  maxSamples,
  windowSamples = maxSamples,
}: Pick<ClipBounds, 'maxSamples' | 'windowSamples'>): number {
  return windowSamples;
}

/** Samples of a window of so many seconds, or of the usual one. Throws an `argument` error unless the model, and `least`, allow it. */
export function windowLength(window: number | undefined, bounds: ClipBounds, least = 0): number {
  const { sampleRate, minSamples, maxSamples } = bounds;
  const shortest = Math.max(minSamples, least);
  const length = window === undefined ? windowSamples(bounds) : Math.round(window * sampleRate);
  if (length >= shortest && length <= maxSamples) return length;
  throw new AudiozooError({
    code: 'argument',
    what: 'the window does not fit the model',
    expected: `${shortest / sampleRate} to ${maxSamples / sampleRate} seconds`,
    got: `${window}`,
    option: 'window',
  });
}

/** Throws an `audio-too-long` error when sound of so many seconds does not fit. */
export function checkSeconds(seconds: number | undefined, longest: LongestClip): void {
  // Less than a sample may come of rounding.
  if (seconds === undefined || seconds * longest.sampleRate < longest.maxSamples + 1) return;
  throw tooLong(longest, seconds.toFixed(2));
}

/** The same for samples at the model's rate. */
export function checkLength(samples: number, longest: LongestClip): void {
  if (samples > longest.maxSamples) throw tooLong(longest, (samples / longest.sampleRate).toFixed(2));
}

/** Does what takes a clip, for those who can hear longer sound by windows: errors about its length say how. */
export async function offeringWindows<Result>(hear: () => Promise<Result>): Promise<Result> {
  try {
    return await hear();
  } catch (error) {
    if (!AudiozooError.isInstance(error, 'audio-too-long')) throw error;
    throw new AudiozooError({
      ...errorDescription(error, ''),
      hint: 'Choose a part with `start` and `duration` in seconds, or hear all of it window by window with `aggregate`.',
      option: ['start', 'duration', 'aggregate'],
    });
  }
}

/** The samples of a stream, of which no more are read than fit. */
export async function collectClip(
  stream: AsyncIterable<Float32Array>,
  longest: LongestClip,
): Promise<Float32Array> {
  const pieces: Float32Array[] = [];
  let length = 0;
  for await (const piece of stream) {
    pieces.push(piece);
    length += piece.length;
    if (length > longest.maxSamples) throw tooLong(longest, 'more');
  }
  return concatenate(Float32Array, pieces);
}

function tooLong({ maxSamples, sampleRate }: LongestClip, got: string): AudiozooError {
  return new AudiozooError({
    code: 'audio-too-long',
    what: "the sound is longer than the model's window",
    expected: `at most ${(maxSamples / sampleRate).toFixed(2)} seconds`,
    got,
    hint: 'Choose a part with `start` and `duration` in seconds.',
    option: ['start', 'duration'],
    details: { maxSeconds: maxSamples / sampleRate },
  });
}
