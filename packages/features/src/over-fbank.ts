import type { AnyModel, FrontEnd, InputSpecification } from '@audiozoo/core';
import { createFbank } from './fbank.js';
import { readFbankOptions } from './fbank-options.js';
import { spectrogramFrontEnd } from './spectrogram-front-end.js';
import type { FbankInput } from './with-fbank.js';

/** What of a model hangs on what it hears. */
export interface Hearing<Config> {
  inputs(config: Config): Readonly<Record<string, InputSpecification>>;
  frontEnd(config: Config): FrontEnd;
  waveform(model: AnyModel): Promise<AnyModel>;
}

/**
 * All that a model over Kaldi's log-mel features says of them, to be spread into its plug-in: its input, its front end,
 * and the form that computes the features where it runs, as `withFbank` makes it. `inputOf` is called with its config.
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
    waveform: async (model) => (await import('./with-fbank.js')).withFbank(model, inputOf),
  };
}
