// What the authors make of sound: a mel spectrogram in decibels, 120 of them below its loudest number. Clips come as they
// are: the model takes any number of patches, and the frames left over behind the last one are not heard, though they
// count in what is loudest.

import type { FrontEnd } from '@audiozoo/core';
import { type MelSpectrogramInput, overMelSpectrogram } from '@audiozoo/features';
import { type CedConfig, patchGrid } from './config.js';

/** Seconds: what the authors cut longer sound into. */
const windowSeconds = 10;

/** Decibels of silence. */
const silence = -100;

type FrontEndConfig = Omit<CedConfig, 'labels' | 'problemType'>;

/** For clips of `frames`; shorter ones are heard with silence behind them. */
function melSpectrogramInput(config: FrontEndConfig): MelSpectrogramInput {
  const { sampleRate, fftLength, windowLength, hopLength, melBins, lowFrequency, highFrequency } = config;
  return {
    name: 'input_values',
    melSpectrogram: {
      ...{ sampleRate, fftLength, windowLength, hopLength, melBins, lowFrequency, highFrequency },
      log: 'decibels',
      topDb: 120,
    },
    frames: patchGrid(config).columns * config.patchSize,
    silentRest: { minFrames: config.patchSize, clipFrames: config.frames },
    padding: silence,
    windowSeconds,
    mean: 0,
    scale: 1,
    length: { name: 'frames', least: config.patchSize },
    fullPrecision: true,
  };
}

/** Input, front end, and the form that hears sound itself. */
export const hearing = /* @__PURE__ */ overMelSpectrogram(melSpectrogramInput);

/** The front end by itself. */
export const frontEnd = (config: FrontEndConfig): FrontEnd => hearing.frontEnd(config);
