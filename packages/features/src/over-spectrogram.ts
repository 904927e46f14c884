import type { AnyModel, FrontEnd, InputSpecification } from '@audiozoo/core';
import { createFbank } from './fbank.js';
import { readFbankOptions } from './fbank-options.js';
import type { FeatureExtractor } from './feature-extractor.js';
import { createMelSpectrogram } from './mel-spectrogram.js';
import { readMelSpectrogramOptions } from './mel-spectrogram-options.js';
import { withSilentRest } from './silent-rest.js';
import { spectrogramFrontEnd } from './spectrogram-front-end.js';
import type { FbankInput, MelSpectrogramInput } from './spectrogram-input.js';

/** What of a model hangs on what it hears. */
export interface Hearing<Config> {
  inputs(config: Config): Readonly<Record<string, InputSpecification>>;
  frontEnd(config: Config): FrontEnd;
  waveform(model: AnyModel): Promise<AnyModel>;
}

/**
 * All that a model over Kaldi's log-mel features says of them, to be spread into its plug-in: its input, its front end,
 * and the form that computes the features where it runs, as `withSpectrogram` makes it. `inputOf` is called with its config.
 */
export function overFbank<Config>(inputOf: (config: Config) => FbankInput): Hearing<Config> {
  return {
    inputs(config) {
      const { name, frames, fbank } = inputOf(config);
      const { melBins, useEnergy } = readFbankOptions(fbank);
      return { [name]: { shape: [frames, melBins + Number(useEnergy)] } };
    },
    frontEnd(config) {
      const { fbank, ...input } = inputOf(config);
      return spectrogramFrontEnd(createFbank(fbank), input);
    },
    waveform: async (model) => (await import('./with-spectrogram.js')).withSpectrogram(model, inputOf),
  };
}

/** The same for a model over mel spectrograms of centered frames. */
export function overMelSpectrogram<Config>(
  inputOf: (config: Config) => MelSpectrogramInput,
): Hearing<Config> {
  // A model of every length has thousands of front ends, which differ in nothing else.
  let latest: { readonly key: string; readonly extractor: FeatureExtractor } | undefined;
  return {
    inputs(config) {
      const { name, frames, melSpectrogram, length, fullPrecision } = inputOf(config);
      const { melBins } = readMelSpectrogramOptions(melSpectrogram);
      const rest = { ...(length && { length }), ...(fullPrecision && { fullPrecision }) };
      return { [name]: { shape: [frames, melBins], ...rest } };
    },
    frontEnd(config) {
      const { melSpectrogram, silentRest, windowSeconds, ...input } = inputOf(config);
      const key = JSON.stringify(melSpectrogram);
      if (latest?.key !== key) latest = { key, extractor: createMelSpectrogram(melSpectrogram) };
      const { extractor } = latest;
      const padding = spectrogramFrontEnd(extractor, input);
      const frontEnd = silentRest ? withSilentRest(padding, extractor, { ...input, ...silentRest }) : padding;
      const { maxSamples, sampleRate } = frontEnd;
      if (windowSeconds === undefined) return frontEnd;
      return { ...frontEnd, windowSamples: Math.min(maxSamples, windowSeconds * sampleRate) };
    },
    waveform: async (model) => (await import('./with-spectrogram.js')).withSpectrogram(model, inputOf),
  };
}
