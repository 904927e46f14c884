// From sound to what a CLAP hears: every clip is brought to the same length, by repeating it, or by looking at a part of it
// or, where the model fuses, at the whole shrunk and three parts.

import { AudiozooError, type FrontEnd, type InputSpecification, tensor } from '@audiozoo/core';
import { concatenate } from '@audiozoo/core/plugin';
import { checkClips, createMelSpectrogram, type MelSpectrogramOptions } from '@audiozoo/features';
import { type ClapConfig, frameCount } from './config.js';

/** Seconds of the longest sound that is heard at once. */
const mostSeconds = 600;

export function inputs(config: ClapConfig): Readonly<Record<string, InputSpecification>> {
  const spectrogram = [frameCount(config), config.melBins];
  if (!config.fusion) return { input_features: { shape: spectrogram, fullPrecision: true } };
  return {
    input_features: { shape: [4, ...spectrogram], fullPrecision: true },
    is_longer: { shape: [1] },
  };
}

export function spectrogramOptions(config: ClapConfig): MelSpectrogramOptions {
  const { sampleRate, fftLength, hopLength, melBins, lowFrequency, highFrequency, fusion } = config;
  return {
    ...{ sampleRate, fftLength, hopLength, melBins, lowFrequency, highFrequency },
    melScale: fusion ? 'htk' : 'slaney',
    melNorm: fusion ? 'none' : 'slaney',
    log: 'decibels',
  };
}

/** The parts of long sound are its middle, or the middles of its thirds: transformers takes random ones. */
export function frontEnd(config: ClapConfig): FrontEnd {
  const { sampleRate, hopLength, melBins, clipSamples, fusion } = config;
  const { cropOffset, cropOffsetFront, cropOffsetMiddle, cropOffsetBack, isLonger } = config.hearing;
  const told = [cropOffsetFront, cropOffsetMiddle, cropOffsetBack];
  const extractor = createMelSpectrogram(spectrogramOptions(config));
  const frames = frameCount(config);
  const size = frames * melBins;
  const maxSamples = Math.max(clipSamples, mostSeconds * sampleRate);

  /** Four spectrograms of a clip into `into`; whether it is longer. */
  const fourViews = (samples: Float32Array, into: Float32Array): boolean => {
    const whole = extractor.compute(repeated(samples, clipSamples));
    const offsets = whole.frames - frames; // there are so many and one
    if (offsets <= 0) {
      for (let view = 0; view < 4; view++) into.set(whole.data, view * size);
      return isLonger ?? false;
    }
    shrink(whole.data, into.subarray(0, size), { from: whole.frames, to: frames, columns: melBins });
    middlesOfThirds(offsets + 1).forEach((usual, view) => {
      const offset = within(told[view], offsets) ?? usual;
      into.set(whole.data.subarray(offset * melBins, offset * melBins + size), (view + 1) * size);
    });
    return isLonger ?? true;
  };

  const makeInputs = (clips: readonly Float32Array[]) => {
    checkClips(clips);
    const views = fusion ? 4 : 1;
    const data = new Float32Array(clips.length * views * size);
    const longer = new Float32Array(clips.length);
    clips.forEach((clip, index) => {
      const samples = clip.subarray(0, maxSamples);
      if (samples.length === 0) throw empty();
      const into = data.subarray(index * views * size, (index + 1) * views * size);
      if (fusion) longer[index] = fourViews(samples, into) ? 1 : 0;
      else extractor.compute(cropped(repeated(samples, clipSamples), clipSamples, cropOffset), into);
    });
    if (!fusion) return { input_features: tensor('float32', [clips.length, frames, melBins], data) };
    return {
      input_features: tensor('float32', [clips.length, 4, frames, melBins], data),
      is_longer: tensor('float32', [clips.length, 1], longer),
    };
  };

  return {
    key: JSON.stringify([extractor.key, 'clap', clipSamples, fusion, config.hearing]),
    sampleRate,
    minSamples: 1,
    maxSamples,
    windowSamples: clipSamples,
    ...(extractor.frequencies && { frequencies: extractor.frequencies }),
    secondsPerFrame: hopLength / sampleRate,
    features(samples) {
      const { data, frames, columns } = extractor.compute(samples);
      return tensor('float32', [frames, columns], data);
    },
    inputs: makeInputs,
    stream() {
      const stream = extractor.stream();
      let heard = new Float32Array(0); // the latest, as a clip has them
      return {
        push(samples) {
          const { data, frames, columns } = stream.push(samples);
          heard = concatenate(Float32Array, [heard, samples]).slice(-clipSamples);
          return tensor('float32', [frames, columns], data);
        },
        inputs: () => makeInputs([heard]),
      };
    },
  };
}

/** As many whole copies as fit into `length` samples, then zeros; longer sound as it is. */
function repeated(samples: Float32Array, length: number): Float32Array {
  if (samples.length >= length) return samples;
  const result = new Float32Array(length);
  const copies = Math.floor(length / samples.length);
  for (let copy = 0; copy < copies; copy++) result.set(samples, copy * samples.length);
  return result;
}

/** From the offset told, or the middle. */
export function cropped(samples: Float32Array, length: number, told: number | undefined): Float32Array {
  const most = samples.length - length;
  const offset = most === 0 ? 0 : (within(told, most) ?? Math.floor(most / 2));
  return samples.subarray(offset, offset + length);
}

/** Throws an `argument` error on an offset that is past the last one. */
function within(told: number | undefined, most: number): number | undefined {
  if (told === undefined || told <= most) return told;
  throw new AudiozooError({
    code: 'argument',
    what: 'a crop reaches past the end of the sound',
    expected: `0 to ${most}`,
    got: `${told}`,
    hint: 'Leave it out to hear the usual part.',
    option: 'size',
  });
}

/** Of offsets 0 to `count` − 1, as numpy.array_split makes thirds; an empty third is 0, as in transformers. */
function middlesOfThirds(count: number): number[] {
  const [least, more] = [Math.floor(count / 3), count % 3];
  let from = 0;
  return [0, 1, 2].map((third) => {
    const length = least + (third < more ? 1 : 0);
    const offset = length === 0 ? 0 : from + Math.floor((length - 1) / 2);
    from += length;
    return offset;
  });
}

/** Rows resized as torch's bilinear interpolation without antialiasing. */
function shrink(
  data: Float32Array,
  into: Float32Array,
  { from, to, columns }: { readonly from: number; readonly to: number; readonly columns: number },
): void {
  for (let row = 0; row < to; row++) {
    const at = Math.max(0, ((row + 0.5) * from) / to - 0.5);
    const first = Math.floor(at);
    const second = Math.min(first + 1, from - 1);
    for (let column = 0; column < columns; column++) {
      const [a, b] = [data[first * columns + column]!, data[second * columns + column]!];
      into[row * columns + column] = a + (b - a) * (at - first);
    }
  }
}

function empty(): AudiozooError {
  return new AudiozooError({
    code: 'audio-too-short',
    what: 'the sound is empty',
    expected: 'at least 1 sample',
  });
}
