// What the official dataloader makes of sound: Kaldi log-mel features, cut or zero-padded to the input length, then
// normalized. (It first subtracts the clip's mean; Kaldi's removal of each frame's DC offset makes that a no-op.)

import type { FrontEnd } from '@audiozoo/core';
import { type FbankInput, overFbank } from '@audiozoo/features';
import type { AstConfig } from './config.js';

type FrontEndConfig = Pick<AstConfig, 'melBins' | 'frames' | 'mean' | 'std' | 'sampleRate'>;

export function fbankInput({ melBins, frames, mean, std, sampleRate }: FrontEndConfig): FbankInput {
  return {
    name: 'input_values',
    fbank: { sampleRate, melBins, window: 'hanning', htkCompatible: true },
    frames,
    mean,
    scale: 1 / (2 * std),
  };
}

/** Input, front end, and the form that hears sound itself. */
export const hearing = /* @__PURE__ */ overFbank(fbankInput);

/** The front end by itself. */
export const frontEnd = (config: FrontEndConfig): FrontEnd => hearing.frontEnd(config);
