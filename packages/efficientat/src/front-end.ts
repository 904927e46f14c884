// What the authors make of sound: pre-emphasis over the whole clip, and the logarithm of a mel spectrogram whose triangles
// are straight in mel. Clips come as they are, in their own number of frames.

import type { FrontEnd, InputSpecification } from '@audiozoo/core';
import { createMelSpectrogram, type FeatureExtractor, spectrogramFrontEnd } from '@audiozoo/features';
import type { EfficientatConfig } from './config.js';

/** Seconds: what the models were trained with, and what longer sound is cut into. */
const windowSeconds = 10;

/** All become (x + 4.5) / 5. */
const normalization = { mean: -4.5, scale: 1 / 5 };

export type FrontEndConfig = Omit<
  EfficientatConfig,
  'labels' | 'problemType' | 'variant' | 'head' | 'weakHead' | 'width' | 'strides'
>;

export function inputs({
  frames,
  melBins,
}: EfficientatConfig): Readonly<Record<'input_values', InputSpecification>> {
  return { input_values: { shape: [frames, melBins], length: { name: 'frames', least: 1 } } };
}

/** For clips of `frames`; shorter ones are followed by frames of silence. */
export function frontEnd(config: FrontEndConfig): FrontEnd {
  const { frames, sampleRate, logOffset, logFloor } = config;
  const extractor = extractorOf(config);
  const whole = spectrogramFrontEnd(extractor, {
    name: 'input_values',
    frames,
    padding: Math.log(Math.max(logOffset, logFloor)),
    ...normalization,
  });
  return { ...whole, windowSamples: Math.min(whole.maxSamples, windowSeconds * sampleRate) };
}

let latest: { readonly key: string; readonly extractor: FeatureExtractor } | undefined;

/** A model of every length has thousands of front ends, which differ in nothing else. */
function extractorOf(config: FrontEndConfig): FeatureExtractor {
  const { sampleRate, fftLength, windowLength, hopLength, melBins, lowFrequency, highFrequency } = config;
  const options = {
    ...{ sampleRate, fftLength, windowLength, hopLength, melBins, lowFrequency, highFrequency },
    ...{ offset: config.logOffset, floor: config.logFloor },
    periodicWindow: false,
    preemphasis: 0.97,
    melScale: 'kaldi',
    triangles: 'mel',
    log: 'ln',
  } as const;
  const key = JSON.stringify(options);
  if (latest?.key !== key) latest = { key, extractor: createMelSpectrogram(options) };
  return latest.extractor;
}
