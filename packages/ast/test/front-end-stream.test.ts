import { audioset, frontEnd } from '@audiozoo/ast';
import { AudiozooError } from '@audiozoo/core';
import { describe, expect, test } from 'vitest';

const sampleRate = 16000;
const frames = 20;
const { features, inputs, stream, minSamples } = frontEnd({ ...audioset, melBins: 32, frames, sampleRate });
/** From one frame to the next. */
const hop = 160;

const sound = Float32Array.from({ length: 10_000 }, (_, index) => Math.sin(index ** 1.3) * (index % 97));

/** What the stream makes of the first `length` samples, in pieces of changing sizes. */
function heard(length: number) {
  const pieces = stream();
  const rows: number[] = [];
  for (let start = 0, size = 1; start < length; start += size, size = (size * 7) % 1009) {
    rows.push(...pieces.push(sound.subarray(start, Math.min(length, start + size))).data);
  }
  return { inputs: pieces.inputs(), rows: Float32Array.from(rows) };
}

describe('a stream of sound', () => {
  test.each([minSamples, 1000, 3000])(
    'of %d samples, less than the window, is what the clip is',
    (length) => {
      expect(heard(length).inputs).toEqual(inputs([sound.subarray(0, length)]));
    },
  );

  test.each([minSamples + (frames - 1) * hop, minSamples + frames * hop, minSamples + 33 * hop + 7, 10_000])(
    'of %d samples is what its last window is',
    (length) => {
      const all = Math.floor((length - minSamples) / hop) + 1;
      const first = (all - frames) * hop;
      const window = sound.subarray(first, first + minSamples + (frames - 1) * hop);
      expect(heard(length).inputs).toEqual(inputs([window]));
    },
  );

  test('gives the features of the whole sound as it comes', () => {
    expect(heard(10_000).rows).toEqual(features(sound).data);
  });

  test('can be asked again and again', () => {
    const pieces = stream();
    pieces.push(sound);
    expect(pieces.inputs()).toEqual(pieces.inputs());
  });

  test('has nothing to say before its first frame', () => {
    const pieces = stream();
    expect(pieces.push(sound.subarray(0, minSamples - 1)).shape).toEqual([0, 32]);
    const error = (() => {
      try {
        return pieces.inputs();
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(AudiozooError.isInstance(error, 'audio-too-short')).toBe(true);
  });
});
