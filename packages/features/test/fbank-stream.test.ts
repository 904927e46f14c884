import { AudiozooError } from '@audiozoo/core';
import { createFbank, type FbankOptions } from '@audiozoo/features';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joined } from './fixture.js';

const signal = Float32Array.from(
  { length: 9001 },
  (_, index) => 0.4 * Math.sin(index / 5) + 0.1 * Math.sin(index * index),
);

function streamed(options: FbankOptions, samples: Float32Array, sizes: readonly number[]): Float32Array {
  const stream = createFbank(options).stream();
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

const settings: readonly FbankOptions[] = [
  { melBins: 16 },
  { melBins: 16, snipEdges: false, useEnergy: true },
  { melBins: 16, snipEdges: false, frameLength: 10, frameShift: 30 },
  { melBins: 16, frameLength: 10, frameShift: 30 },
  { melBins: 16, dither: 0.01, seed: 5 },
  { melBins: 16, dither: 0.01, snipEdges: false, sampleRate: 11025 },
];

describe('streaming fbank', () => {
  test.each(settings)('gives the very frames of the whole signal, whatever the pieces: %j', (options) => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.nat(700), fc.nat(9000)), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 500, max: signal.length }), (pieces, length) => {
        const samples = signal.subarray(0, length);
        const usable = pieces.some((size) => size > 0) ? pieces : [1];
        expect(streamed(options, samples, usable)).toEqual(createFbank(options).compute(samples).data);
      }),
      { numRuns: 25 },
    );
  });

  test('returns each frame as soon as its last sample has come', () => {
    const stream = createFbank().stream();
    expect(stream.push(signal.subarray(0, 399)).frames).toBe(0);
    expect(stream.push(signal.subarray(399, 400)).frames).toBe(1);
    expect(stream.push(signal.subarray(400, 720)).frames).toBe(2);
  });

  test('keeps streams of one filter bank apart', () => {
    const filters = createFbank();
    const one = filters.stream();
    const other = filters.stream();
    one.push(signal.subarray(0, 300));
    other.push(signal.subarray(4000, 4300));
    const features = joined([one.push(signal.subarray(300, 1000)).data, one.finish().data]);
    expect(features).toEqual(filters.compute(signal.subarray(0, 1000)).data);
  });

  const errorCode = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return AudiozooError.isInstance(error) ? `${error.code}: ${error.message}` : String(error);
    }
    return 'none';
  };

  test('refuses signals that end too short, at the end', () => {
    const stream = createFbank().stream();
    stream.push(signal.subarray(0, 399));
    expect(errorCode(() => stream.finish())).toMatch(/^audio-too-short: .*at least 400 .*got 399/);
  });

  test('counts a bad sample’s place from the signal’s beginning', () => {
    const stream = createFbank().stream();
    stream.push(signal.subarray(0, 1000));
    expect(errorCode(() => stream.push(Float32Array.of(0, Number.NaN)))).toMatch(/^audio: sample 1001 /);
  });

  test('refuses subtractMean, which needs the whole signal, and samples after the end', () => {
    expect(errorCode(() => createFbank({ subtractMean: true }).stream())).toMatch(/^argument: subtractMean/);
    const stream = createFbank().stream();
    stream.push(signal);
    stream.finish();
    expect(errorCode(() => stream.push(signal))).toMatch(/^argument: .*finished/);
  });
});
