// What the authors make of sound: a mel spectrogram in decibels, 120 of them below its loudest number. Clips come as they
// are: the model takes any number of patches, and the frames left over behind the last one are not heard, though they
// count in what is loudest.

import { AudiozooError, type FrontEnd, type InputSpecification } from '@audiozoo/core';
import { createMelSpectrogram, spectrogramFrontEnd } from '@audiozoo/features';
import { type CedConfig, patchGrid } from './config.js';

/** Seconds: what the authors cut longer sound into. */
const windowSeconds = 10;

/** Decibels of silence. */
const silence = -100;

type FrontEndConfig = Omit<CedConfig, 'labels' | 'problemType'>;

const inputFrames = (config: FrontEndConfig) => patchGrid(config).columns * config.patchSize;

export function inputs(config: CedConfig): Readonly<Record<'input_values', InputSpecification>> {
  const shape = [inputFrames(config), config.melBins];
  const length = { name: 'frames', least: config.patchSize };
  return { input_values: { shape, length, fullPrecision: true } };
}

/** For clips of `frames`; shorter ones are heard with silence behind them. */
export function frontEnd(config: FrontEndConfig): FrontEnd {
  const { sampleRate, fftLength, windowLength, hopLength, melBins, lowFrequency, highFrequency } = config;
  const extractor = createMelSpectrogram({
    ...{ sampleRate, fftLength, windowLength, hopLength, melBins, lowFrequency, highFrequency },
    log: 'decibels',
    topDb: 120,
  });
  const frames = inputFrames(config);
  const whole = spectrogramFrontEnd(extractor, {
    name: 'input_values',
    frames,
    padding: silence,
    mean: 0,
    scale: 1,
  });
  const fewest = (frames: number) => extractor.maxSamples(frames - 1) + 1;
  const minSamples = fewest(config.patchSize);
  const maxSamples = extractor.maxSamples(config.frames);

  /** With silence behind it up to the input's length. */
  const filled = (samples: Float32Array): Float32Array => {
    if (samples.length < minSamples) throw tooShort(samples.length, minSamples, config);
    if (samples.length >= fewest(frames)) return samples;
    const result = new Float32Array(fewest(frames));
    result.set(samples);
    return result;
  };

  return {
    ...whole,
    key: JSON.stringify([whole.key, config.frames]),
    minSamples,
    maxSamples,
    windowSamples: Math.min(maxSamples, windowSeconds * sampleRate),
    inputs: (clips) => whole.inputs(clips.map((clip) => filled(clip.subarray(0, maxSamples)))),
    stream() {
      const { push, inputs } = whole.stream();
      return {
        push,
        inputs() {
          const result = inputs();
          extractor.finishClip!(result.input_values!.data); // raises the silence that is not heard yet, too
          return result;
        },
      };
    },
  };
}

function tooShort(got: number, least: number, { patchSize, sampleRate }: FrontEndConfig): AudiozooError {
  return new AudiozooError({
    code: 'audio-too-short',
    what: 'the sound is shorter than one patch',
    expected: `at least ${least} samples (${least / sampleRate} seconds): ${patchSize} frames`,
    got: `${got}`,
    hint: 'Put silence behind it, or take more of the recording.',
  });
}
