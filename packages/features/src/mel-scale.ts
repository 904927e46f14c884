// Hertz to mel and back, in the three ways there are.

export const melScaleNames = ['htk', 'slaney', 'kaldi'] as const;
export type MelScaleName = (typeof melScaleNames)[number];

export interface MelScale {
  toMel(hertz: number): number;
  toHertz(mel: number): number;
}

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
  kaldi: {
    toMel: (hertz) => 1127 * Math.log(1 + hertz / 700),
    toHertz: (mel) => 700 * (Math.exp(mel / 1127) - 1),
  },
};

/** The edges of `filters` triangles, each from the middle of the one before to the middle of the next: in mel, evenly. */
export function melEdges(
  { toMel }: MelScale,
  filters: number,
  lowHertz: number,
  highHertz: number,
): number[] {
  const low = toMel(lowHertz);
  const step = (toMel(highHertz) - low) / (filters + 1);
  return Array.from({ length: filters + 2 }, (_, index) => low + index * step);
}
