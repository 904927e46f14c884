// Sound in memory, and what counts as sound that can be used.

import { AudiozooError } from '@audiozoo/core';
import { describeValue } from '@audiozoo/core/plugin';

/** Sound of one channel. */
export interface Audio {
  /** Amplitudes, nominally −1 to 1. */
  readonly samples: Float32Array;
  /** Samples per second. */
  readonly sampleRate: number;
}

/** Sample rates that are taken, in hertz. */
export const rateBounds = { lowest: 100, highest: 768_000 } as const;

/**
 * Throws an `audio` error unless there are samples, all of them finite, at a sample rate that makes sense; an `argument`
 * error when they are in no Float32Array.
 */
export function checkAudio(audio: Audio): void {
  const { samples, sampleRate }: Partial<Audio> = audio ?? {};
  checkSamples(samples);
  checkRate(sampleRate as number);
  if (samples.length === 0) {
    throw new AudiozooError({ code: 'audio', what: 'the sound is empty', expected: 'samples', got: 'none' });
  }
  checkFinite(samples);
}

/** Throws an `audio` error unless `sampleRate` is a whole number of hertz within `rateBounds`. */
export function checkRate(sampleRate: number): void {
  const { lowest, highest } = rateBounds;
  if (Number.isInteger(sampleRate) && sampleRate >= lowest && sampleRate <= highest) return;
  throw new AudiozooError({
    code: 'audio',
    what: 'the sample rate cannot be used',
    expected: `a whole number from ${lowest} to ${highest} Hz`,
    got: describeValue(sampleRate),
  });
}

/** Throws an `argument` error unless samples are amplitudes: those of other arrays would be taken for such. */
export function checkSamples(samples: unknown): asserts samples is Float32Array {
  if (isFloat32Array(samples)) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'these samples cannot be used',
    expected: 'a Float32Array of amplitudes, nominally −1 to 1',
    got: describeValue(samples),
    hint: 'Divide integers by their full scale: 32768 for 16 bits.',
  });
}

/** Throws an `argument` error unless clips are a list of amplitudes. For front ends. */
export function checkClips(clips: unknown): asserts clips is readonly Float32Array[] {
  if (Array.isArray(clips)) return clips.forEach(checkSamples);
  throw new AudiozooError({
    code: 'argument',
    what: 'these are no clips',
    expected: 'a list of Float32Arrays',
    got: describeValue(clips),
  });
}

/**
 * Throws an `audio` error that names the first sample that is NaN or infinite. `position` is the number
 * of the first sample in the whole signal.
 */
export function checkFinite(samples: Float32Array, position = 0): void {
  checkSamples(samples);
  // A sum in float64 is finite when they are; four sums, because one would wait for itself at each sample.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const aligned = samples.length & ~3;
  for (let index = 0; index < aligned; index += 4) {
    a += samples[index]!;
    b += samples[index + 1]!;
    c += samples[index + 2]!;
    d += samples[index + 3]!;
  }
  for (let index = aligned; index < samples.length; index++) a += samples[index]!;
  if (Number.isFinite(a + b + c + d)) return;

  const index = samples.findIndex((sample) => !Number.isFinite(sample));
  throw new AudiozooError({
    code: 'audio',
    what: `sample ${position + index} is not a number that sound can have`,
    expected: 'finite samples',
    got: `${samples[index]}`,
    hint: 'Look for a division by zero or an uninitialized buffer where the sound was made.',
  });
}

/** Arrays of other windows and contexts have other classes, so the name counts. */
export function isFloat32Array(value: unknown): value is Float32Array {
  return Object.prototype.toString.call(value) === '[object Float32Array]';
}
