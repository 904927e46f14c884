import { createFbank, type FeatureExtractor, spectrogramFrontEnd } from '@audiozoo/features';
import { describe, expect, test } from 'vitest';

/** Features of another kind: sums of pairs, one column. */
const sums: FeatureExtractor = {
  key: 'sums',
  sampleRate: 8000,
  hopLength: 2,
  columns: 1,
  minSamples: 2,
  frameCount: (samples) => Math.floor(samples / 2),
  maxSamples: (frames) => 2 * frames + 1,
  compute(samples, into = new Float32Array(samples.length >> 1)) {
    const data = into.subarray(0, samples.length >> 1);
    data.forEach((_, frame) => {
      data[frame] = samples[2 * frame]! + samples[2 * frame + 1]!;
    });
    return { data, frames: data.length, columns: 1 };
  },
  stream: () => ({
    push: (samples) => sums.compute(samples),
    finish: () => sums.compute(new Float32Array()),
  }),
};

describe('a front end over features of any kind', () => {
  const input = { name: 'sums', frames: 3, padding: 7, mean: 1, scale: 10 };
  const { inputs, stream, maxSamples, sampleRate, secondsPerFrame, frequencies } = spectrogramFrontEnd(
    sums,
    input,
  );

  test('pads with what the model names, then normalizes', () => {
    const { shape, data } = inputs([Float32Array.of(1, 2)]).sums!;
    expect(shape).toEqual([1, 3, 1]);
    expect([...data]).toEqual([20, 60, 60]);
  });

  test('cuts what is longer, and hears the latest of what comes in pieces', () => {
    const longer = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    expect([...inputs([longer]).sums!.data]).toEqual([20, 60, 100]);
    const heard = stream();
    heard.push(longer.subarray(0, 2));
    expect([...heard.inputs().sums!.data]).toEqual([20, 60, 60]);
    heard.push(longer.subarray(2));
    expect([...heard.inputs().sums!.data]).toEqual([60, 100, 140]);
  });

  test('takes the rest from the features', () => {
    expect({ maxSamples, sampleRate, secondsPerFrame, frequencies }).toEqual({
      maxSamples: 7,
      sampleRate: 8000,
      secondsPerFrame: 0.00025,
      frequencies: undefined,
    });
  });

  test('finishes what of sound has been heard as a clip, without the padding', () => {
    const firstOnly: FeatureExtractor = {
      ...sums,
      finishClip: (data) => void data.fill(data[0]!), // the padding, 7, would show
    };
    const heard = spectrogramFrontEnd(firstOnly, input).stream();
    heard.push(Float32Array.of(1, 2, 3, 4));
    expect([...heard.inputs().sums!.data]).toEqual([20, 20, 60]);
    heard.push(Float32Array.of(5, 6, 7, 8));
    expect([...heard.inputs().sums!.data]).toEqual([60, 60, 60]);
  });

  test('has the key of another that makes the same inputs', () => {
    const keys = [input, { ...input }, { ...input, padding: 0 }].map(
      (each) => spectrogramFrontEnd(sums, each).key,
    );
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });
});

test.each([{}, { snipEdges: false }, { frameShift: 7 }, { frameShift: 7, snipEdges: false }])(
  'a filter bank knows the most samples that give no more than so many frames: %o',
  (options) => {
    const { frameCount, maxSamples } = createFbank(options);
    for (const frames of [4, 31]) {
      expect(frameCount(maxSamples(frames))).toBe(frames);
      expect(frameCount(maxSamples(frames) + 1)).toBe(frames + 1);
    }
  },
);
