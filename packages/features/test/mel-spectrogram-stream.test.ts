import { AudiozooError } from '@audiozoo/core';
import { createMelSpectrogram, type MelSpectrogramOptions } from '@audiozoo/features';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joined } from './fixture.js';
import { settings } from './mel-spectrogram-settings.js';

const signal = Float32Array.from(
  { length: 9001 },
  (_, index) => 0.4 * Math.sin(index / 5) + 0.1 * Math.sin(index * index),
);

/** The frames of pieces of these sizes, turn by turn. */
function streamed(
  options: MelSpectrogramOptions,
  samples: Float32Array,
  sizes: readonly number[],
): Float32Array {
  const stream = createMelSpectrogram(options).stream();
  const pieces: Float32Array[] = [];
  let position = 0;
  for (let turn = 0; position < samples.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    pieces.push(stream.push(samples.subarray(position, position + size)).data);
    position += size;
  }
  pieces.push(stream.finish().data);
  return joined(pieces);
}

const sizes = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.nat(700), fc.nat(9000)), { minLength: 1, maxLength: 8 })
  .filter((list) => list.some((size) => size > 0));

const anyOptions = fc
  .record({
    fftLength: fc.constantFrom(2, 31, 64, 256, 401),
    window: fc.constantFrom('hanning', 'rectangular'),
    share: fc.double({ min: 0.1, max: 1, noNaN: true }),
    hopLength: fc.integer({ min: 1, max: 500 }),
    padding: fc.constantFrom('reflect', 'zeros', 'none'),
    preemphasis: fc.constantFrom(0, 0.9),
    melBins: fc.constant(3),
  })
  .map(({ share, ...rest }): MelSpectrogramOptions => {
    return { ...rest, windowLength: Math.max(2, Math.round(share * rest.fftLength)) };
  });

describe('a mel spectrogram of sound that comes in pieces', () => {
  test('has the very frames of the whole sound, whatever the options and the pieces', () => {
    fc.assert(
      fc.property(anyOptions, sizes, fc.integer({ min: 0, max: 4000 }), (options, pieces, extra) => {
        const whole = createMelSpectrogram(options);
        const samples = signal.subarray(0, whole.minSamples + extra);
        expect(streamed(options, samples, pieces)).toEqual(whole.compute(samples).data);
      }),
      { numRuns: 150 },
    );
  });

  test.each(['mn', 'frameMn', 'fusedClap', 'unfusedClap'] as const)('has them as %s hears it', (model) => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 600, max: signal.length }), (pieces, length) => {
        const samples = signal.subarray(0, length);
        const expected = createMelSpectrogram(settings[model]).compute(samples).data;
        expect(streamed(settings[model], samples, pieces)).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });

  test('gives each frame as soon as the last sample that it reads has come', () => {
    const stream = createMelSpectrogram(settings.ced).stream();
    const framesOf = (from: number, to: number) => stream.push(signal.subarray(from, to)).frames;
    expect(framesOf(0, 256)).toBe(0); // the mirrored beginning reads sample 256
    expect(framesOf(256, 257)).toBe(1);
    expect(framesOf(257, 415)).toBe(0);
    expect(framesOf(415, 416)).toBe(1);
    expect(stream.finish().frames).toBe(1); // around sample 320, behind which the end is mirrored
  });

  test('leaves the floor below the loudest to who looks at frames together', () => {
    const options = { ...settings.ced, topDb: 20 };
    const extractor = createMelSpectrogram(options);
    const { topDb: _, ...without } = options;
    const frames = streamed(options, signal, [500]);
    expect(frames).toEqual(createMelSpectrogram(without).compute(signal).data);
    extractor.finishClip!(frames);
    expect(frames).toEqual(extractor.compute(signal).data);
  });

  const refusal = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return AudiozooError.isInstance(error) ? `${error.code}: ${error.message}` : String(error);
    }
    return 'none';
  };

  test('refuses sound that ends too short, and counts bad samples from its beginning', () => {
    const stream = createMelSpectrogram(settings.mn).stream();
    stream.push(signal.subarray(0, 513));
    expect(refusal(() => stream.finish())).toMatch(/^audio-too-short: .*at least 514 .*got 513/);
    expect(refusal(() => stream.push(Float32Array.of(0, Number.NaN)))).toMatch(/^audio: sample 514 /);
  });
});
