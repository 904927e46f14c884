import { type FbankOptions, readFbankOptions } from './fbank-options.js';
import { highestFrequency } from './mel-bank.js';
import { kaldi, melEdges } from './mel-scale.js';

/**
 * Hertz where each of Kaldi's mel filters peaks, lowest first. Options, defaults and errors are those of
 * `createFbank`.
 */
export function melFrequencies(
  options: Pick<FbankOptions, 'sampleRate' | 'melBins' | 'lowFrequency' | 'highFrequency'> = {},
): number[] {
  const settings = readFbankOptions(options);
  // In doubles, where mel-bank.ts rounds every step to float32 as torchaudio does: these frequencies are for people.
  const edges = melEdges(kaldi, settings.melBins, settings.lowFrequency, highestFrequency(settings));
  return edges.slice(1, -1).map(kaldi.toHertz);
}
