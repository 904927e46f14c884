// From sound to the one input of a model that hears a spectrogram: features of any kind, cut or padded to the input's
// length, then normalized.

import { AudiozooError, type FrontEnd, type Tensor, tensor } from '@audiozoo/core';
import { checkClips } from './audio.js';
import type { FeatureExtractor, Features } from './feature-extractor.js';

/** What a model's input is, beside the kind of its features. */
export interface SpectrogramInput {
  /** The input [B, frames, columns] that the features are. */
  readonly name: string;
  /** Features are cut, or padded, to so many. */
  readonly frames: number;
  /** What frames past the end of the sound hold: 0 when absent. */
  readonly padding?: number | undefined;
  /** Then all become (x − mean) · scale. */
  readonly mean: number;
  readonly scale: number;
}

/** The front end of a model over features of a kind, such as `createFbank` makes. */
export function spectrogramFrontEnd(extractor: FeatureExtractor, input: SpectrogramInput): FrontEnd {
  const { key, sampleRate, columns, minSamples, frequencies } = extractor;
  const { name, frames, padding = 0, mean, scale } = input;
  const size = frames * columns;

  const asTensor = ({ frames, data }: Features): Tensor<'float32'> =>
    tensor('float32', [frames, columns], data); // [frames, columns]

  /** Padded features → inputs, in place. Padding is normalized with the rest. */
  const normalize = (data: Float32Array): Record<string, Tensor<'float32'>> => {
    for (let index = 0; index < data.length; index++) data[index] = (data[index]! - mean) * scale;
    return { [name]: tensor('float32', [data.length / size, frames, columns], data) };
  };

  return {
    key: JSON.stringify([key, name, frames, padding, mean, scale]),
    sampleRate,
    minSamples,
    maxSamples: extractor.maxSamples(frames),
    ...(frequencies && { frequencies }),
    secondsPerFrame: extractor.hopLength / sampleRate,
    features: (samples) => asTensor(extractor.compute(samples)),

    inputs(clips) {
      checkClips(clips);
      const data = new Float32Array(clips.length * size).fill(padding);
      clips.forEach((samples, index) => {
        const into = data.subarray(index * size, (index + 1) * size);
        if (extractor.frameCount(samples.length) <= frames) extractor.compute(samples, into);
        else into.set(extractor.compute(samples).data.subarray(0, size));
      });
      return normalize(data);
    },

    fromFeatures(clips) {
      const data = new Float32Array(clips.length * size).fill(padding);
      clips.forEach((features, index) => {
        data.set(features.data.subarray(0, size), index * size);
      });
      return normalize(data);
    },

    stream() {
      const stream = extractor.stream();
      const ring = new Float32Array(size).fill(padding); // frame f lies in row f % frames
      let heard = 0; // frames so far
      return {
        push(samples) {
          const features = stream.push(samples);
          for (let row = Math.max(0, features.frames - frames); row < features.frames; row++) {
            const values = features.data.subarray(row * columns, (row + 1) * columns);
            ring.set(values, ((heard + row) % frames) * columns);
          }
          heard += features.frames;
          return asTensor(features);
        },
        inputs() {
          if (heard === 0) throw nothingHeard(minSamples);
          const data = new Float32Array(size);
          const oldest = heard > frames ? (heard % frames) * columns : 0;
          data.set(ring.subarray(oldest));
          data.set(ring.subarray(0, oldest), size - oldest);
          extractor.finishClip?.(data.subarray(0, Math.min(heard, frames) * columns));
          return normalize(data);
        },
      };
    },
  };
}

function nothingHeard(minSamples: number): AudiozooError {
  return new AudiozooError({
    code: 'audio-too-short',
    what: 'less sound has come than one analysis window',
    expected: `at least ${minSamples} samples`,
    hint: 'Wait for more before asking.',
  });
}
