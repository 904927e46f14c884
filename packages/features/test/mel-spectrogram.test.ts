import { AudiozooError } from '@audiozoo/core';
import { createMelSpectrogram, type MelSpectrogramOptions, melSpectrogram } from '@audiozoo/features';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differences, readArray, readSamples } from './fixture.js';
import { modelCases, randomCases } from './mel-spectrogram-cases.js';
import { settings } from './mel-spectrogram-settings.js';

/** Against libraries in float64, as a share of the loudest where no logarithm is taken. */
const libraryTolerance = 1e-4;

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

describe('a mel spectrogram', () => {
  test.each(modelCases)('is that of the model’s authors: $name', ({ name, wav, options, tolerance }) => {
    const features = melSpectrogram(readSamples(wav), options);
    const expected = readArray(`mel-spectrogram/${name}.npy`);
    expect([features.frames, features.columns]).toEqual(expected.shape);
    const { largest, mean } = differences(features.data, expected.data);
    expect(largest).toBeLessThanOrEqual(tolerance.maximum);
    expect(mean).toBeLessThanOrEqual(tolerance.mean);
  });

  test.each(randomCases)('is that of $library: $options', ({ options, heard, shape, expected }) => {
    const { data, frames, columns } = melSpectrogram(heard(), options);
    expect([frames, columns]).toEqual(shape);
    const scale = options.log === 'none' ? Math.max(1, ...expected) : 1;
    expect(differences(data, expected).largest / scale).toBeLessThan(libraryTolerance);
  });

  test('has frames as long as sound lasts, and says so beforehand', () => {
    const options = fc.record({
      fftLength: fc.integer({ min: 2, max: 300 }),
      hopLength: fc.integer({ min: 1, max: 200 }),
      padding: fc.constantFrom('reflect', 'zeros', 'none'),
      preemphasis: fc.constantFrom(0, 0.97),
      melBins: fc.constant(4),
    });
    fc.assert(
      fc.property(
        options,
        fc.integer({ min: 0, max: 2000 }),
        fc.integer({ min: 1, max: 30 }),
        (its, extra, few) => {
          const spectrogram = createMelSpectrogram(its);
          const length = spectrogram.minSamples + extra;
          expect(spectrogram.compute(tone.subarray(0, length)).frames).toBe(spectrogram.frameCount(length));
          expect(spectrogram.frameCount(spectrogram.minSamples - 1)).toBe(0);
          expect(spectrogram.frameCount(spectrogram.minSamples)).toBeGreaterThan(0);
          const most = spectrogram.maxSamples(few);
          expect(spectrogram.frameCount(most)).toBeLessThanOrEqual(few);
          if (most + 1 >= spectrogram.minSamples) {
            expect(spectrogram.frameCount(most + 1)).toBe(few + 1);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test.each([
    [settings.ced, 257],
    [settings.mn, 514],
    [settings.frameMn, 258],
    [settings.fusedClap, 513],
    [{ padding: 'none' }, 400],
    [{ padding: 'none', preemphasis: 0.9 }, 401],
    [{ padding: 'zeros' }, 1],
  ] satisfies [MelSpectrogramOptions, number][])(
    'takes clips from minSamples on: %j',
    (options, minSamples) => {
      const spectrogram = createMelSpectrogram(options);
      expect(spectrogram.minSamples).toBe(minSamples);
      expect(spectrogram.compute(tone.subarray(0, minSamples)).frames).toBeGreaterThan(0);
      const error = refusal(() => spectrogram.compute(tone.subarray(0, minSamples - 1)));
      expect(error.code).toBe('audio-too-short');
      expect(error.message).toContain(`at least ${minSamples} samples`);
      expect(error.message).toContain(`got ${minSamples - 1}`);
    },
  );

  test('raises what is topDb below the loudest, in each clip by its own', () => {
    const spectrogram = createMelSpectrogram({ ...settings.ced, topDb: 30 });
    const loud = spectrogram.compute(tone).data;
    const quiet = spectrogram.compute(tone.map((sample) => sample / 1000)).data;
    expect(Math.min(...loud)).toBeCloseTo(Math.max(...loud) - 30, 4);
    expect(Math.max(...quiet)).toBeCloseTo(Math.max(...loud) - 60, 3);
    expect(Math.min(...quiet)).toBeCloseTo(Math.max(...quiet) - 30, 4);
  });

  test('peaks in each band at the frequency that it is said to have', () => {
    const { frequencies, compute } = createMelSpectrogram({
      fftLength: 2048,
      melBins: 20,
      melScale: 'slaney',
    });
    for (const band of [5, 10, 19]) {
      const hertz = frequencies![band]!;
      const sound = tone.map((_, index) => Math.sin((2 * Math.PI * hertz * index) / 16_000));
      const row = compute(sound).data.subarray(60, 80);
      expect(row.indexOf(Math.max(...row))).toBe(band);
    }
  });

  test('differs by its key exactly where its options differ', () => {
    const key = (options: MelSpectrogramOptions) => createMelSpectrogram(options).key;
    expect(key({})).toBe(key({ fftLength: 400, windowLength: 400, hopLength: 200, topDb: undefined }));
    const others: MelSpectrogramOptions[] = [
      {},
      { window: Array(400).fill(1) },
      settings.mn,
      settings.frameMn,
    ];
    expect(new Set(others.map(key)).size).toBe(others.length);
  });

  test.each([
    [{ sampleRate: 0 }, 'sampleRate'],
    [{ sampleRate: Number.NaN }, 'sampleRate'],
    [{ fftLength: 1 }, 'fftLength'],
    [{ fftLength: 400.5 }, 'fftLength'],
    [{ fftLength: 2 ** 21 }, 'fftLength'],
    [{ windowLength: 401 }, 'windowLength'],
    [{ windowLength: 1 }, 'windowLength'],
    [{ window: 'kaiser' }, 'window'],
    [{ window: [1, 2, 3], windowLength: 4 }, 'window'],
    [{ window: [1, Number.NaN] }, 'window'],
    [{ window: [1, '2'] }, 'window'],
    [{ hopLength: 0 }, 'hopLength'],
    [{ padding: 'replicate' }, 'padding'],
    [{ preemphasis: 1.5 }, 'preemphasis'],
    [{ power: 3 }, 'power'],
    [{ melBins: 0 }, 'melBins'],
    [{ melBins: 5000 }, 'melBins'],
    [{ lowFrequency: 5000, highFrequency: 4000 }, 'lowFrequency'],
    [{ highFrequency: 8001 }, 'highFrequency'],
    [{ melScale: 'mel' }, 'melScale'],
    [{ melNorm: 'area' }, 'melNorm'],
    [{ triangles: 'bark' }, 'triangles'],
    [{ lastBinFrequency: 0 }, 'lastBinFrequency'],
    [{ log: 'log2' }, 'log'],
    [{ log: 'ln', floor: 0 }, 'floor'],
    [{ log: 'ln', offset: -1 }, 'offset'],
    [{ log: 'ln', offset: Infinity }, 'offset'],
    [{ log: 'decibels', topDb: -1 }, 'topDb'],
    [{ topDb: 80 }, 'topDb'],
    [{ nFft: 512 }, 'nFft'],
  ] as [MelSpectrogramOptions, string][])('refuses %j by the option’s name', (options, name) => {
    const error = refusal(() => createMelSpectrogram(options));
    expect(error.code).toBe('argument');
    expect(error.message).toContain(name);
  });
});
