// Triangular filters whose middles lie evenly on a mel scale. In float64, where Kaldi's of mel-bank.ts are rounded as
// torchaudio rounds them.

import { createFilterBank, type FilterBank } from './filter-bank.js';
import { melEdges } from './mel-scale.js';
import { melScales } from './mel-scales.js';
import type { MelSpectrogramSettings } from './mel-spectrogram-options.js';

/** Filters over frequencies 0 to ⌊fftLength / 2⌋, as `librosa.filters.mel` and torchaudio's `melscale_fbanks`. */
export function createMelTriangles(settings: MelSpectrogramSettings): FilterBank {
  const { fftLength, melBins, lowFrequency, highFrequency, lastBinFrequency } = settings;
  const { toMel, toHertz } = melScales[settings.melScale];
  const inMel = melEdges(melScales[settings.melScale], melBins, lowFrequency, highFrequency);
  const inHertz = inMel.map(toHertz);
  const edges = settings.triangles === 'mel' ? inMel : inHertz;
  const lastBin = Math.floor(fftLength / 2);
  const bins = Array.from({ length: lastBin + 1 }, (_, bin) => {
    const hertz = (bin * lastBinFrequency) / lastBin;
    return settings.triangles === 'mel' ? toMel(hertz) : hertz;
  });

  return createFilterBank(melBins, (filter) => {
    const [left, center, right] = [edges[filter]!, edges[filter + 1]!, edges[filter + 2]!];
    const scale = settings.melNorm === 'slaney' ? 2 / (inHertz[filter + 2]! - inHertz[filter]!) : 1;
    return bins.map(
      (bin) =>
        scale * Math.max(0, Math.min((bin - left) / (center - left), (right - bin) / (right - center))),
    );
  });
}

/** Hertz where each filter peaks. */
export function trianglePeaks(settings: MelSpectrogramSettings): number[] {
  const { melScale, melBins, lowFrequency, highFrequency } = settings;
  const scale = melScales[melScale];
  return melEdges(scale, melBins, lowFrequency, highFrequency).slice(1, -1).map(scale.toHertz);
}
