// What the authors make of sound: pre-emphasis over the whole clip, and the logarithm of a mel spectrogram whose triangles
// are straight in mel. Clips come as they are, in their own number of frames.

import type { FrontEnd } from '@audiozoo/core';
import { type MelSpectrogramInput, overMelSpectrogram } from '@audiozoo/features';
import type { EfficientatConfig } from './config.js';

/** Seconds: what the models were trained with, and what longer sound is cut into. */
const windowSeconds = 10;

export type FrontEndConfig = Omit<
  EfficientatConfig,
  'labels' | 'problemType' | 'variant' | 'head' | 'weakHead' | 'width' | 'strides'
>;

/** For clips of `frames`; shorter ones are followed by frames of silence. */
function melSpectrogramInput(config: FrontEndConfig): MelSpectrogramInput {
  const { sampleRate, fftLength, windowLength, hopLength, melBins, lowFrequency, highFrequency } = config;
  const { frames, logOffset, logFloor } = config;
  return {
    name: 'input_values',
    melSpectrogram: {
      ...{ sampleRate, fftLength, windowLength, hopLength, melBins, lowFrequency, highFrequency },
      ...{ offset: logOffset, floor: logFloor },
      periodicWindow: false,
      preemphasis: 0.97,
      melScale: 'kaldi',
      triangles: 'mel',
      log: 'ln',
    },
    frames,
    padding: Math.log(Math.max(logOffset, logFloor)),
    windowSeconds,
    // All become (x + 4.5) / 5.
    mean: -4.5,
    scale: 1 / 5,
    length: { name: 'frames', least: 1 },
  };
}

/** Input, front end, and the form that hears sound itself. */
export const hearing = /* @__PURE__ */ overMelSpectrogram(melSpectrogramInput);

/** The front end by itself. */
export const frontEnd = (config: FrontEndConfig): FrontEnd => hearing.frontEnd(config);
