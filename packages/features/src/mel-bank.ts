// Kaldi's triangular mel filters. torchaudio makes them in float32 whatever the signal's type, and an
// edge that rounds differently moves a filter's weight by 1e-5; so each step rounds here as it does there.

import { type FbankSettings, refuse } from './fbank-options.js';
import { createFilterBank, type FilterBank } from './filter-bank.js';
import { kaldi } from './mel-scale.js';

type MelSettings = Pick<
  FbankSettings,
  | 'sampleRate'
  | 'melBins'
  | 'fftLength'
  | 'lowFrequency'
  | 'highFrequency'
  | 'vtlnWarp'
  | 'vtlnLow'
  | 'vtlnHigh'
>;

const float32 = Math.fround;

/** Where the highest filter ends, in hertz. Throws an `argument` error when frequencies contradict each other. */
export function highestFrequency({
  sampleRate,
  lowFrequency,
  highFrequency,
}: Pick<FbankSettings, 'sampleRate' | 'lowFrequency' | 'highFrequency'>): number {
  const nyquist = 0.5 * sampleRate;
  const highest = highFrequency + (highFrequency <= 0 ? nyquist : 0);
  if (lowFrequency >= 0 && lowFrequency < highest && highest <= nyquist) return highest;
  throw refuse(
    'lowFrequency or highFrequency',
    `0 ≤ lowFrequency < highFrequency ≤ ${nyquist} Hz`,
    `${lowFrequency} and ${highest} Hz`,
  );
}

/**
 * The filters of `torchaudio.compliance.kaldi.get_mel_banks`, over power bins 0 to fftLength/2 − 1.
 * Throws an `argument` error when frequencies contradict each other.
 */
export function createMelBank(settings: MelSettings): FilterBank {
  const { sampleRate, melBins, fftLength, lowFrequency, vtlnWarp } = settings;
  const nyquist = 0.5 * sampleRate;
  const highFrequency = highestFrequency(settings);
  const warp = vtlnWarp === 1 ? undefined : createWarp(settings, nyquist, highFrequency);

  const lowMel = kaldi.toMel(lowFrequency);
  const highMel = kaldi.toMel(highFrequency);
  const melStep = (highMel - lowMel) / (melBins + 1);
  const edge = (index: number) => {
    const mel = float32(float32(lowMel) + float32(index * float32(melStep)));
    return warp ? toMel(warp(toHertz(mel))) : mel;
  };
  const binWidth = float32(sampleRate / fftLength);
  const binMels = Float32Array.from({ length: fftLength / 2 }, (_, bin) => toMel(float32(binWidth * bin)));

  return createFilterBank(melBins, (filter) => {
    const left = edge(filter);
    const center = edge(filter + 1);
    const right = edge(filter + 2);
    const up = (mel: number) => float32(float32(mel - left) / float32(center - left));
    const down = (mel: number) => float32(float32(right - mel) / float32(right - center));
    return Array.from(binMels, (mel) => {
      if (!warp) return Math.max(0, Math.min(up(mel), down(mel)));
      // A warp can put the three edges in any order.
      if (mel > left && mel <= center) return up(mel);
      return mel > center && mel < right ? down(mel) : 0;
    });
  });
}

function toMel(hertz: number): number {
  return float32(1127 * float32(Math.log(float32(1 + float32(hertz / 700)))));
}

function toHertz(mel: number): number {
  return float32(700 * float32(float32(Math.exp(float32(mel / 1127))) - 1));
}

/** Vocal tract length normalization: a map of frequencies in three linear pieces, fixed at both ends. */
function createWarp(settings: MelSettings, nyquist: number, high: number): (hertz: number) => number {
  const { vtlnWarp: factor, vtlnLow, lowFrequency: low } = settings;
  const vtlnHigh = settings.vtlnHigh + (settings.vtlnHigh < 0 ? nyquist : 0);
  const lowBend = vtlnLow * Math.max(1, factor);
  const highBend = vtlnHigh * Math.min(1, factor);
  const ordered = low < vtlnLow && vtlnLow < vtlnHigh && vtlnHigh < high && lowBend > low && highBend < high;
  if (!(factor > 0 && ordered && vtlnLow < high)) {
    throw refuse(
      'vtlnWarp, vtlnLow or vtlnHigh',
      `vtlnWarp above 0 and ${low} < vtlnLow < vtlnHigh < ${high} Hz`,
      `vtlnWarp ${factor}, vtlnLow ${vtlnLow} and vtlnHigh ${vtlnHigh} Hz`,
    );
  }
  const scale = 1 / factor;
  const leftScale = float32((scale * lowBend - low) / (lowBend - low));
  const rightScale = float32((high - scale * highBend) / (high - highBend));

  return (hertz) => {
    if (hertz < float32(low) || hertz > float32(high)) return hertz;
    if (hertz < float32(lowBend)) return float32(low + float32(leftScale * float32(hertz - float32(low))));
    if (hertz < float32(highBend)) return float32(float32(scale) * hertz);
    return float32(high + float32(rightScale * float32(hertz - float32(high))));
  };
}
