import { type FbankOptions, readFbankOptions } from './fbank-options.js';
import { highestFrequency } from './mel-bank.js';

/**
 * Hertz where each of Kaldi's mel filters peaks, lowest first. Options, defaults and errors are those of
 * `createFbank`.
 */
export function melFrequencies(
  options: Pick<FbankOptions, 'sampleRate' | 'melBins' | 'lowFrequency' | 'highFrequency'> = {},
): number[] {
  const settings = readFbankOptions(options);
  const { melBins, lowFrequency } = settings;
  const [lowMel, highMel] = [toMel(lowFrequency), toMel(highestFrequency(settings))];
  const step = (highMel - lowMel) / (melBins + 1);
  return Array.from({ length: melBins }, (_, index) => toHertz(lowMel + (index + 1) * step));
}

// In doubles, where mel-bank.ts rounds every step to float32 as torchaudio does: these frequencies are for people.
function toMel(hertz: number): number {
  return 1127 * Math.log(1 + hertz / 700);
}

function toHertz(mel: number): number {
  return 700 * (Math.exp(mel / 1127) - 1);
}
