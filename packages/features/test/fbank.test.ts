import { AudiozooError } from '@audiozoo/core';
import { createFbank, type FbankOptions, fbank } from '@audiozoo/features';
import { describe, expect, test } from 'vitest';
import { differences, readArray, readSamples } from './fixture.js';
import { cases, optionsOf, toleranceOf } from './torchaudio-cases.js';

/** Of a spectrum against its definition, for float32 samples and features. */
const spectrumTolerance = 1e-6;
const logOfEpsilon = Math.fround(Math.log(2 ** -23));

function refusal(run: () => unknown): AudiozooError {
  try {
    run();
  } catch (error) {
    if (AudiozooError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('was not refused');
}

const tone = Float32Array.from({ length: 8000 }, (_, index) => 0.5 * Math.sin(index / 7));

describe('fbank', () => {
  test.each(cases)('gives the features of torchaudio: $name', (reference) => {
    const features = fbank(readSamples(`fbank/${reference.wav}`), optionsOf(reference));
    const expected = readArray(`fbank/${reference.name}.npy`);
    expect([features.frames, features.columns]).toEqual(expected.shape);
    const { largest, mean } = differences(features.data, expected.data);
    const allowed = toleranceOf(reference);
    expect(largest).toBeLessThanOrEqual(allowed.maximum);
    expect(mean).toBeLessThanOrEqual(allowed.mean);
  });

  test('floors silence at the logarithm of float32’s epsilon', () => {
    expect(new Set(fbank(new Float32Array(4000)).data)).toEqual(new Set([logOfEpsilon]));
  });

  test.each([4, 6, 8, 10, 34, 50, 64, 74, 128, 200, 254])(
    'finds the power spectrum of a window of %i samples',
    (length) => {
      const options: FbankOptions = {
        sampleRate: 1000,
        frameLength: length,
        melBins: 4,
        lowFrequency: 0,
        window: 'rectangular',
        roundToPowerOfTwo: false,
        preemphasis: 0,
        removeDcOffset: false,
        useLog: false,
      };
      const { compute } = createFbank(options);
      const samples = Float32Array.from({ length }, (_, index) => Math.sin(index * index + 1));
      const expected = [0, 0, 0, 0];
      for (let bin = 1; bin < length / 2; bin++) {
        const angle = (index: number) => (2 * Math.PI * bin * index) / length;
        // A cosine with the bin's frequency has its power, (length / 2)², there alone: what comes out are
        // the filters' weights.
        const cosine = Float32Array.from({ length }, (_, index) => Math.cos(angle(index)));
        const weights = compute(cosine).data.map((value) => value / (length / 2) ** 2);
        const re = samples.reduce((sum, sample, index) => sum + sample * Math.cos(angle(index)), 0);
        const im = samples.reduce((sum, sample, index) => sum + sample * Math.sin(angle(index)), 0);
        weights.forEach((weight, filter) => {
          expected[filter]! += weight * (re * re + im * im);
        });
      }
      const scale = Math.max(1, ...expected);
      expect(differences(compute(samples).data, expected).largest / scale).toBeLessThan(spectrumTolerance);
    },
  );

  test('writes into a given array and says how many frames there are beforehand', () => {
    const filters = createFbank({ melBins: 40 });
    const frames = filters.frameCount(tone.length);
    const into = new Float32Array(frames * filters.columns + 7).fill(99);
    const features = filters.compute(tone, into);
    expect(features.data.buffer).toBe(into.buffer);
    expect(features.data).toEqual(filters.compute(tone).data);
    expect([...into.subarray(-7)]).toEqual(Array(7).fill(99));
    expect(refusal(() => filters.compute(tone, new Float32Array(3))).code).toBe('argument');
  });

  test.each([
    [{ snipEdges: true }, 400],
    [{ snipEdges: false }, 400],
    [{ snipEdges: false, frameShift: 100 }, 800],
  ] satisfies [FbankOptions, number][])('takes clips from minSamples on: %j', (options, minSamples) => {
    const filters = createFbank(options);
    expect(filters.minSamples).toBe(minSamples);
    expect(filters.frameCount(minSamples - 1)).toBe(0);
    expect(filters.compute(tone.subarray(0, minSamples)).frames).toBeGreaterThan(0);
    const error = refusal(() => filters.compute(tone.subarray(0, minSamples - 1)));
    expect(error.code).toBe('audio-too-short');
    expect(error.message).toContain(`at least ${minSamples} samples`);
    expect(error.message).toContain(`got ${minSamples - 1}`);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'refuses %f and says at which sample',
    (value) => {
      const error = refusal(() => fbank(tone.with(7998, value)));
      expect(error.code).toBe('audio');
      expect(error.message).toContain('sample 7998');
    },
  );

  test.each([
    [{ melBins: 3 }, 'melBins'],
    [{ melBins: 40.5 }, 'melBins'],
    [{ sampleRate: 0 }, 'sampleRate'],
    [{ sampleRate: Number.NaN }, 'sampleRate'],
    [{ frameLength: 0.01 }, 'frameLength'],
    [{ frameLength: 1e9 }, 'frameLength'],
    [{ frameLength: 25.07, roundToPowerOfTwo: false }, 'frameLength'],
    [{ frameShift: 0 }, 'frameShift'],
    [{ preemphasis: 1.5 }, 'preemphasis'],
    [{ energyFloor: -1 }, 'energyFloor'],
    [{ lowFrequency: 5000, highFrequency: 4000 }, 'lowFrequency'],
    [{ highFrequency: 8001 }, 'highFrequency'],
    [{ vtlnWarp: 1.1, vtlnLow: 10 }, 'vtlnLow'],
    [{ vtlnWarp: 0 }, 'vtlnWarp'],
    [{ window: 'kaiser' }, 'window'],
    [{ useLog: 1 }, 'useLog'],
    [{ numMelBins: 128 }, 'numMelBins'],
  ] as [FbankOptions, string][])('refuses %j by the option’s name', (options, name) => {
    const error = refusal(() => createFbank(options));
    expect(error.code).toBe('argument');
    expect(error.message).toContain(name);
  });

  describe('dither', () => {
    const noisy = (seed: number) => fbank(tone, { dither: 1e-3, seed }).data;

    test('is the same for the same seed and another for another', () => {
      expect(noisy(1)).toEqual(noisy(1));
      expect(noisy(1)).not.toEqual(noisy(2));
    });

    test('is normal noise of the standard deviation asked for', () => {
      // A window of ones and no filter on the way: the energy column is the noise's own.
      const { data, columns, frames } = fbank(new Float32Array(160_000), {
        dither: 0.1,
        useEnergy: true,
        energyFloor: 0,
        removeDcOffset: false,
      });
      let energy = 0;
      for (let frame = 0; frame < frames; frame++) energy += Math.exp(data[frame * columns]!) / frames;
      expect(energy / 400).toBeCloseTo(0.01, 4);
    });
  });
});
