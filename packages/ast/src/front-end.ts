// From sound to the model's input, as the official dataloader does it: Kaldi log-mel features, cut or
// zero-padded to the input length, then normalized. (The dataloader first subtracts the clip's mean;
// Kaldi's removal of each frame's DC offset makes that a no-op.)

import { AudiozooError, type FrontEnd, type Tensor, tensor } from '@audiozoo/core';
import { checkClips, createFbank, type FbankInput, type Features, melFrequencies } from '@audiozoo/features';
import type { AstConfig } from './config.js';

/** Milliseconds from one frame to the next. */
const frameShift = 10;

type FrontEndConfig = Pick<AstConfig, 'melBins' | 'frames' | 'mean' | 'std' | 'sampleRate'>;

/** What the official dataloader makes of sound, for `withFbank`. */
export function fbankInput({ melBins, frames, mean, std, sampleRate }: FrontEndConfig): FbankInput {
  return {
    name: 'input_values',
    fbank: { sampleRate, melBins, frameShift, window: 'hanning', htkCompatible: true },
    frames,
    mean,
    scale: 1 / (2 * std),
  };
}

export function frontEnd(config: FrontEndConfig): FrontEnd {
  const { melBins, frames, mean, std, sampleRate } = config;
  const { fbank: options, scale } = fbankInput(config);
  const fbank = createFbank(options);
  const hop = (sampleRate * frameShift) / 1000;
  const size = frames * melBins;

  const asTensor = (features: Features): Tensor<'float32'> =>
    tensor('float32', [features.frames, melBins], features.data); // [frames, melBins]

  /** Zero-padded features → inputs, in place. Padding is normalized with the rest, so it ends up other than zero. */
  const normalize = (data: Float32Array): Record<string, Tensor<'float32'>> => {
    for (let index = 0; index < data.length; index++) data[index] = (data[index]! - mean) * scale;
    return { input_values: tensor('float32', [data.length / size, frames, melBins], data) };
  };

  return {
    key: JSON.stringify(['ast', { melBins, frames, mean, std, sampleRate }]),
    sampleRate,
    minSamples: fbank.minSamples,
    maxSamples: fbank.minSamples + Math.floor(hop) * frames - 1,
    frequencies: melFrequencies({ sampleRate, melBins }),
    features: (samples) => asTensor(fbank.compute(samples)),

    inputs(clips) {
      checkClips(clips);
      const data = new Float32Array(clips.length * size);
      clips.forEach((samples, index) => {
        const into = data.subarray(index * size, (index + 1) * size);
        if (fbank.frameCount(samples.length) <= frames) fbank.compute(samples, into);
        else into.set(fbank.compute(samples).data.subarray(0, size));
      });
      return normalize(data);
    },

    stream() {
      const stream = fbank.stream();
      const ring = new Float32Array(size); // frame f lies in row f % frames
      let heard = 0; // frames so far
      return {
        push(samples) {
          const features = stream.push(samples);
          for (let row = Math.max(0, features.frames - frames); row < features.frames; row++) {
            const values = features.data.subarray(row * melBins, (row + 1) * melBins);
            ring.set(values, ((heard + row) % frames) * melBins);
          }
          heard += features.frames;
          return asTensor(features);
        },
        inputs() {
          if (heard === 0) throw nothingHeard(fbank.minSamples);
          const data = new Float32Array(size);
          const oldest = heard > frames ? (heard % frames) * melBins : 0;
          data.set(ring.subarray(oldest));
          data.set(ring.subarray(0, oldest), size - oldest);
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
