import { AudiozooError } from '@audiozoo/core';
import { createResampler, type ResamplingKernel, resample } from '@audiozoo/features';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differences, joined, readArray, readJsonFixture } from './fixture.js';

/** Against torchaudio in float64. */
const tolerance = 1e-5;
/** A sine below both rates' limits against the same sine at the other rate, away from the ends. */
const sineTolerance = 2e-3;

interface Case {
  readonly input: string;
  readonly output: string;
  readonly fromRate: number;
  readonly toRate: number;
  readonly kernel: ResamplingKernel;
}

const sine = (rate: number, length: number) =>
  Float32Array.from({ length }, (_, index) => Math.sin((2 * Math.PI * 440 * index) / rate));

describe('resample', () => {
  test.each(readJsonFixture<Case[]>('resample/cases.json'))(
    'gives the samples of torchaudio: $fromRate → $toRate, $kernel',
    ({ input, output, fromRate, toRate, kernel }) => {
      const resampled = resample(readArray(`resample/${input}`).data, fromRate, toRate, { kernel });
      expect(differences(resampled, readArray(`resample/${output}`).data).largest).toBeLessThanOrEqual(
        tolerance,
      );
    },
  );

  test('returns the very samples when the rates are equal', () => {
    const samples = sine(16000, 100);
    expect(resample(samples, 16000, 16000)).toBe(samples);
  });

  test.each([
    [44101, 16000, 'sinc_hann'],
    [16000, 44101, 'sinc_hann'],
    [44101, 16000, 'kaiser_best'], // too many phases to keep their taps
    [767_999, 768_000, 'sinc_hann'],
    [768_000, 8000, 'sinc_hann'],
  ] as const)(
    'keeps a sine a sine between rates with few common divisors: %i → %i, %s',
    (from, to, kernel) => {
      const resampled = resample(sine(from, Math.ceil(from / 20)), from, to, { kernel });
      expect(resampled.length).toBe(Math.ceil((to * Math.ceil(from / 20)) / from));
      const margin = Math.ceil(to / 100);
      const inner = resampled.slice(margin, -margin);
      const expected = sine(to, resampled.length).slice(margin, -margin);
      expect(differences(inner, expected).largest).toBeLessThanOrEqual(sineTolerance);
    },
  );

  test.each(['sinc_hann', 'kaiser_best'] as const)('streams exactly what the whole gives: %s', (kernel) => {
    const rates = fc.constantFrom(8000, 11025, 16000, 22050, 44100, 48000);
    const sizes = fc.array(fc.oneof(fc.nat(3), fc.nat(500)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(rates, rates, sizes, fc.integer({ min: 1, max: 2000 }), (from, to, pieces, length) => {
        const samples = sine(from, length);
        const resampler = createResampler(from, to, { kernel });
        const output: Float32Array[] = [];
        let position = 0;
        for (let turn = 0; position < length; turn++) {
          const size = pieces[turn % pieces.length]! + (turn % pieces.length === 0 ? 1 : 0);
          output.push(resampler.push(samples.subarray(position, position + size)));
          position += size;
        }
        output.push(resampler.finish());
        expect(joined(output)).toEqual(resample(samples, from, to, { kernel }));
      }),
      { numRuns: 30 },
    );
  });

  test('keeps rates and kernels apart that take turns', () => {
    const rates = [8000, 11_025, 16_000, 24_000, 32_000, 44_100];
    for (const to of [...rates, ...rates.reverse()]) {
      const [hann, kaiser] = (['sinc_hann', 'kaiser_best'] as const).map((kernel) =>
        resample(sine(22_050, 2000), 22_050, to, { kernel }).slice(to / 50, -to / 50),
      );
      const expected = sine(to, Math.ceil((2000 * to) / 22_050)).slice(to / 50, -to / 50);
      expect(differences(hann!, expected).largest).toBeLessThanOrEqual(sineTolerance);
      expect(differences(kaiser!, expected).largest).toBeLessThanOrEqual(sineTolerance);
      expect(hann).not.toEqual(kaiser);
    }
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 99, 768_001, 16000.5])(
    'refuses a rate of %f',
    (rate) => {
      const samples = sine(16000, 100);
      for (const run of [() => resample(samples, rate, 16000), () => resample(samples, 16000, rate)]) {
        expect(run).toThrow(/sample rate/);
        expect(run).toThrow(AudiozooError);
      }
    },
  );

  test('refuses NaN, counting samples from the signal’s beginning, and unknown kernels', () => {
    const resampler = createResampler(8000, 16000);
    resampler.push(sine(8000, 50));
    expect(() => resampler.push(Float32Array.of(Number.NaN))).toThrow(/sample 50 /);
    expect(() => resample(sine(8000, 9), 8000, 16000, { kernel: 'linear' as ResamplingKernel })).toThrow(
      /sinc_hann or kaiser_best/,
    );
  });
});
