// Sample rate conversion, whole or in pieces. Both run the same code over the same samples, so their
// results are equal to the last bit.

import { checkOptions, concatenate, type OptionKinds } from '@audiozoo/core/plugin';
import { checkFinite, checkRate } from './audio.js';
import { createScalarInterpolator } from './interpolator.js';
import { kernelNames, phaseTaps, type ResamplingKernel } from './resampling-kernel.js';
import { createVectorInterpolator } from './vector-interpolator.js';

export interface ResamplingOptions {
  /** `sinc_hann`, torchaudio's default, or `kaiser_best`: slower, with less aliasing. Default `sinc_hann`. */
  readonly kernel?: ResamplingKernel | undefined;
}

const resamplingOptions = {
  kernel: { choices: kernelNames },
} as const satisfies OptionKinds<ResamplingOptions>;

export interface Resampler {
  /** Takes the next samples, any number of them. Returns the output samples that they complete. */
  push(samples: Float32Array): Float32Array;
  /** Ends the signal (silence follows it). Returns the rest of the output. */
  finish(): Float32Array;
}

/**
 * Samples at another rate, as `torchaudio.transforms.Resample` with its default arguments or with librosa's
 * `kaiser_best`. Gives ⌈samples · to / from⌉ samples; equal rates give the very array that came in. Rates
 * are whole numbers of hertz from 100 to 768000.
 *
 * Throws an `audio` error on other rates and on samples that are NaN or infinite.
 */
export function resample(
  samples: Float32Array,
  fromRate: number,
  toRate: number,
  options: ResamplingOptions = {},
): Float32Array {
  const resampler = createResampler(fromRate, toRate, options);
  if (fromRate === toRate) return resampler.push(samples);
  return concatenate(Float32Array, [resampler.push(samples), resampler.finish()]);
}

/** The same for a signal that comes in pieces, in bounded memory. */
export function createResampler(
  fromRate: number,
  toRate: number,
  options: ResamplingOptions = {},
): Resampler {
  checkOptions('the resampler', options, resamplingOptions);
  const { kernel = 'sinc_hann' } = options;
  checkRate(fromRate);
  checkRate(toRate);
  if (fromRate === toRate) return passThrough();

  const divisor = greatestCommonDivisor(fromRate, toRate);
  const from = fromRate / divisor;
  const to = toRate / divisor;
  const taps = phaseTaps(from, to, kernel);
  const rates = { from, to, taps };
  const interpolator = createVectorInterpolator(rates) ?? createScalarInterpolator(rates);
  let buffer: Float32Array = new Float32Array(taps.before); // silence, before the signal
  let bufferStart = -taps.before; // where in the signal the buffer begins
  let received = 0; // samples of the signal so far
  let next = 0; // number of the next output sample

  /** Output samples from `next` up to `end`, whose samples have come. */
  function interpolateUpTo(end: number): Float32Array {
    const output = new Float32Array(Math.max(0, end - next));
    interpolator.interpolate(buffer, bufferStart, next, output);
    next += output.length;
    return output;
  }

  function append(samples: Float32Array): void {
    const keepFrom = Math.floor((next * from) / to) - taps.before;
    const kept = buffer.subarray(Math.min(buffer.length, keepFrom - bufferStart));
    bufferStart += buffer.length - kept.length;
    buffer = concatenate(Float32Array, [kept, samples]);
  }

  return {
    push(samples) {
      checkFinite(samples, received);
      append(samples);
      received += samples.length;
      // Outputs whose last tap has come: ⌊n · from / to⌋ − before + length ≤ received.
      const reach = received + taps.before - taps.length;
      return interpolateUpTo(reach < 0 ? 0 : Math.ceil(((reach + 1) * to) / from));
    },
    finish() {
      append(new Float32Array(taps.length)); // silence, behind the signal
      return interpolateUpTo(Math.ceil((received * to) / from));
    },
  };
}

function passThrough(): Resampler {
  let received = 0;
  return {
    push(samples) {
      checkFinite(samples, received);
      received += samples.length;
      return samples;
    },
    finish: () => new Float32Array(0),
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
