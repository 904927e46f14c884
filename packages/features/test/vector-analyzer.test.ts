import type {
  createFbank,
  createMelSpectrogram,
  FbankOptions,
  MelSpectrogramOptions,
} from '@audiozoo/features';
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { joined, readJsonFixture, readSamples } from './fixture.js';

/** The features as a program finds them that has just begun, with or without WebAssembly. */
async function freshFeatures(webAssembly: boolean) {
  vi.resetModules();
  if (!webAssembly) vi.stubGlobal('WebAssembly', undefined);
  const { createFbank, createMelSpectrogram } = await import('@audiozoo/features');
  const { vectorKernel } = await import('../src/vector-kernel.js');
  expect(vectorKernel() !== undefined).toBe(webAssembly); // looked for once, at first use
  vi.unstubAllGlobals();
  return { createFbank, createMelSpectrogram };
}

describe('the WebAssembly kernel', () => {
  let vectors: typeof createFbank;
  let scalars: typeof createFbank;
  let melVectors: typeof createMelSpectrogram;
  let melScalars: typeof createMelSpectrogram;
  beforeAll(async () => {
    ({ createFbank: vectors, createMelSpectrogram: melVectors } = await freshFeatures(true));
    ({ createFbank: scalars, createMelSpectrogram: melScalars } = await freshFeatures(false));
  });

  const bits = ({ data }: { data: Float32Array }) =>
    new Int32Array(data.buffer, data.byteOffset, data.length);
  const signal = readSamples(`fbank/${readJsonFixture<{ wav: string }[]>('fbank/cases.json')[0]!.wav}`);

  test('gives the numbers of plain JavaScript to the last bit', () => {
    const options = fc.record(
      {
        sampleRate: fc.constantFrom(8000, 11025, 16000, 44100, 48000),
        melBins: fc.integer({ min: 4, max: 300 }),
        frameLength: fc.integer({ min: 3, max: 60 }),
        frameShift: fc.integer({ min: 1, max: 80 }),
        window: fc.constantFrom('hanning', 'povey', 'hamming', 'blackman', 'rectangular'),
        preemphasis: fc.double({ min: 0, max: 1, noNaN: true }),
        removeDcOffset: fc.boolean(),
        snipEdges: fc.boolean(),
        useLog: fc.boolean(),
        useEnergy: fc.boolean(),
        usePower: fc.boolean(),
        subtractMean: fc.boolean(),
        vtlnWarp: fc.constantFrom(1, 1.1),
      } satisfies { [Name in keyof FbankOptions]?: fc.Arbitrary<FbankOptions[Name]> },
      { requiredKeys: ['sampleRate'] },
    );
    const loudness = fc.constantFrom(1e-20, 1e-3, 1, 3e4, 1e30);
    fc.assert(
      fc.property(options, loudness, fc.integer({ min: 5000, max: 12000 }), (given, scale, length) => {
        const samples = signal.slice(0, length).map((sample) => sample * scale);
        expect(bits(vectors(given).compute(samples))).toEqual(bits(scalars(given).compute(samples)));
      }),
      { numRuns: 60 },
    );
  });

  test('gives them of mel spectrograms too', () => {
    const options = fc.record({
      fftLength: fc.constantFrom(4, 8, 16, 256, 512, 1000, 1024, 4096),
      windowLength: fc.constantFrom(4, undefined),
      hopLength: fc.integer({ min: 50, max: 900 }),
      padding: fc.constantFrom('reflect', 'zeros', 'none'),
      preemphasis: fc.constantFrom(0, 0.97),
      power: fc.constantFrom(1, 2),
      melBins: fc.integer({ min: 1, max: 150 }),
      melScale: fc.constantFrom('htk', 'slaney', 'kaldi'),
      lastBinFrequency: fc.constantFrom(undefined, 7000),
      log: fc.constantFrom('none', 'ln', 'decibels'),
      offset: fc.constantFrom(0, 1e-5),
      floor: fc.constantFrom(1e-10, 1e-3),
    } satisfies { [Name in keyof MelSpectrogramOptions]?: fc.Arbitrary<MelSpectrogramOptions[Name]> });
    fc.assert(
      fc.property(options, fc.integer({ min: 5000, max: 12000 }), (given, length) => {
        const samples = signal.subarray(0, length);
        expect(bits(melVectors(given).compute(samples))).toEqual(bits(melScalars(given).compute(samples)));
      }),
      { numRuns: 60 },
    );
  });

  test('serves filter banks and streams in turn', () => {
    const options: FbankOptions[] = [
      { melBins: 128, window: 'hanning' },
      { melBins: 40, frameLength: 10 },
      { melBins: 128, window: 'hanning', frameLength: 20 },
    ];
    const banks = options.map(vectors);
    const streams = banks.map((bank) => bank.stream());
    const pieces: Float32Array[][] = options.map(() => []);
    for (let position = 0; position < signal.length; position += 700) {
      streams.forEach((stream, index) => {
        pieces[index]!.push(stream.push(signal.subarray(position, position + 700)).data);
      });
    }
    options.forEach((given, index) => {
      const expected = scalars(given).compute(signal);
      expect(banks[index]!.compute(signal)).toEqual(expected);
      expect(joined(pieces[index]!)).toEqual(expected.data);
    });
  });
});
