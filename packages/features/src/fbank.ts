// Filter banks of whole signals.

import { AudiozooError } from '@audiozoo/core';
import { type FbankOptions, type FbankSettings, leastEnergy, readFbankOptions } from './fbank-options.js';
import type { FeatureExtractor, Features } from './feature-extractor.js';
import type { FrameAnalysis } from './frame-analysis.js';
import { createFrameExtractor, type Frames } from './frame-extractor.js';
import { createFraming } from './framing.js';
import { createMelBank } from './mel-bank.js';
import { melFrequencies } from './mel-frequencies.js';
import { createWindow } from './window.js';

/**
 * Filter banks as Kaldi and `torchaudio.compliance.kaldi.fbank` compute them, in float64 inside.
 * Throws an `argument` error that names an option that is wrong; with `subtractMean`, so does its `stream`.
 */
export function createFbank(options: FbankOptions = {}): FeatureExtractor {
  const settings = readFbankOptions(options);
  const extraction = {
    key: JSON.stringify(['fbank', settings]),
    sampleRate: settings.sampleRate,
    frequencies: settings.useEnergy ? undefined : melFrequencies(options),
    ...fbankFrames(settings),
  };
  if (!settings.subtractMean) return createFrameExtractor(extraction);
  return {
    ...createFrameExtractor({ ...extraction, finishClip: subtractColumnMeans }),
    stream() {
      throw new AudiozooError({
        code: 'argument',
        what: 'subtractMean cannot be streamed, for it needs all frames at once',
        hint: 'Turn subtractMean off, or compute the features of the whole signal.',
      });
    },
  };
}

/** The frames of `createFbank`, and what it computes of each. */
export const fbankFrames = (settings: FbankSettings): Frames => ({
  framing: createFraming(settings),
  analysis: analysisOf(settings),
});

/**
 * The filter bank of one signal: `createFbank(options).compute(samples)`. For many signals keep the
 * filter bank. `samples` are at `options.sampleRate`, nominally −1 to 1.
 */
export function fbank(samples: Float32Array, options: FbankOptions = {}): Features {
  return createFbank(options).compute(samples);
}

function analysisOf(settings: FbankSettings): FrameAnalysis {
  const { windowLength, hopLength, fftLength, removeDcOffset, preemphasis, usePower, dither, seed } =
    settings;
  return {
    windowLength,
    hopLength,
    fftLength,
    removeDcOffset,
    preemphasis,
    usePower,
    window: createWindow(settings.window, windowLength, settings.blackmanCoefficient),
    filters: createMelBank(settings),
    logarithm: settings.useLog ? { offset: 0, least: leastEnergy, scale: 1 } : undefined,
    energy: settings.useEnergy
      ? { raw: settings.rawEnergy, floor: settings.energyFloor, last: settings.htkCompatible }
      : undefined,
    noise: dither === 0 ? undefined : { scale: dither, seed },
  };
}

function subtractColumnMeans(data: Float32Array, columns: number): void {
  for (let column = 0; column < columns; column++) {
    let total = 0;
    for (let index = column; index < data.length; index += columns) total += data[index]!;
    const mean = total / (data.length / columns);
    for (let index = column; index < data.length; index += columns) data[index]! -= mean;
  }
}
