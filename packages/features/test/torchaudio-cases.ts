// Features that torchaudio computed, and its options under our names.

import { featureTolerance } from '@audiozoo/core/testing';
import type { FbankOptions } from '@audiozoo/features';
import { readJsonFixture } from './fixture.js';

export interface TorchaudioCase {
  readonly name: string;
  readonly wav: string;
  readonly sampleRate: number;
  readonly options: Readonly<Record<string, number | string | boolean>>;
}

const ourNames: Readonly<Record<string, keyof FbankOptions>> = {
  dither: 'dither',
  frame_length: 'frameLength',
  frame_shift: 'frameShift',
  high_freq: 'highFrequency',
  htk_compat: 'htkCompatible',
  low_freq: 'lowFrequency',
  num_mel_bins: 'melBins',
  preemphasis_coefficient: 'preemphasis',
  raw_energy: 'rawEnergy',
  remove_dc_offset: 'removeDcOffset',
  round_to_power_of_two: 'roundToPowerOfTwo',
  snip_edges: 'snipEdges',
  subtract_mean: 'subtractMean',
  use_energy: 'useEnergy',
  use_log_fbank: 'useLog',
  use_power: 'usePower',
  vtln_warp: 'vtlnWarp',
  window_type: 'window',
};

export function optionsOf({ options, sampleRate }: TorchaudioCase): FbankOptions {
  const entries = Object.entries(options).map(([name, value]) => [ourNames[name] ?? name, value]);
  return { ...Object.fromEntries(entries), sampleRate };
}

/** chirp_1s: whole filters hold nothing but rounding noise, torchaudio's own included. */
const chirpTolerance = { maximum: 2e-2, mean: 3e-4 };

export function toleranceOf({ name }: TorchaudioCase): { readonly maximum: number; readonly mean: number } {
  return name === 'chirp_1s' ? chirpTolerance : featureTolerance;
}

export const cases = readJsonFixture<TorchaudioCase[]>('fbank/cases.json');
