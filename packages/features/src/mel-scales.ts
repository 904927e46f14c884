// Hertz to mel and back, in the three ways there are.

import { kaldi, type MelScale } from './mel-scale.js';

export const melScaleNames = ['htk', 'slaney', 'kaldi'] as const;
export type MelScaleName = (typeof melScaleNames)[number];

/** Of Slaney's Auditory Toolbox: linear up to 1000 Hz, then 27 mels for a factor of 6.4. */
const slaney = { hertzPerMel: 200 / 3, bend: 1000, melsPerLog: 27 / Math.log(6.4) };
const slaneyBendMel = slaney.bend / slaney.hertzPerMel;

export const melScales: Readonly<Record<MelScaleName, MelScale>> = {
  htk: {
    toMel: (hertz) => 2595 * Math.log10(1 + hertz / 700),
    toHertz: (mel) => 700 * (10 ** (mel / 2595) - 1),
  },
  slaney: {
    toMel: (hertz) =>
      hertz < slaney.bend
        ? hertz / slaney.hertzPerMel
        : slaneyBendMel + slaney.melsPerLog * Math.log(hertz / slaney.bend),
    toHertz: (mel) =>
      mel < slaneyBendMel
        ? mel * slaney.hertzPerMel
        : slaney.bend * Math.exp((mel - slaneyBendMel) / slaney.melsPerLog),
  },
  kaldi,
};
