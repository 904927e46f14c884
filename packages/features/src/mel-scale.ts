// Hertz to mel and back. The other ways than Kaldi's are in mel-scales.ts: pages with filter banks alone do without.

export interface MelScale {
  toMel(hertz: number): number;
  toHertz(mel: number): number;
}

export const kaldi: MelScale = {
  toMel: (hertz) => 1127 * Math.log(1 + hertz / 700),
  toHertz: (mel) => 700 * (Math.exp(mel / 1127) - 1),
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
