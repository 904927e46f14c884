// Mel spectrograms that others computed, under our names of options.

import { featureTolerance } from '@audiozoo/core/testing';
import type { MelSpectrogramOptions } from '@audiozoo/features';
import { readArray, readJsonFixture, readSamples } from './fixture.js';
import { settings } from './mel-spectrogram-settings.js';

/** The models' authors' numbers. A chirp's quiet bands hold rounding noise: one that float32 pre-emphasis adds to. */
export const modelCases = [
  { name: 'ced.chirp_1s', wav: 'fbank/chirp_1s.wav', options: settings.ced },
  { name: 'ced.impulse_1s', wav: 'mel-spectrogram/impulse_1s.wav', options: settings.ced },
  { name: 'ced.loud_then_silent_2s', wav: 'mel-spectrogram/loud_then_silent_2s.wav', options: settings.ced },
  { name: 'mn.chirp_1s', wav: 'mel-spectrogram/chirp_1s_32k.wav', options: settings.mn },
  {
    name: 'frame_mn.chirp_1s',
    wav: 'fbank/chirp_1s.wav',
    options: settings.frameMn,
    tolerance: { maximum: 1e-2, mean: 1e-4 },
  },
  { name: 'frame_mn.impulse_1s', wav: 'mel-spectrogram/impulse_1s.wav', options: settings.frameMn },
  { name: 'clap.chirp_1s.htk', wav: 'mel-spectrogram/chirp_1s_48k.wav', options: settings.fusedClap },
  { name: 'clap.chirp_1s.slaney', wav: 'mel-spectrogram/chirp_1s_48k.wav', options: settings.unfusedClap },
].map((reference) => ({ tolerance: featureTolerance, ...reference }));

interface RandomCase {
  readonly library: 'torchaudio' | 'librosa';
  readonly wav: string;
  readonly from: number;
  readonly samples: number;
  readonly options: MelSpectrogramOptions;
  readonly shape: readonly [frames: number, columns: number];
  readonly position: number;
}

const randomValues = readArray('mel-spectrogram/random.npy').data;

export const randomCases = readJsonFixture<RandomCase[]>('mel-spectrogram/random.json').map(
  ({ wav, from, samples, position, shape, ...rest }) => ({
    ...rest,
    shape,
    heard: () => readSamples(`fbank/${wav}`).subarray(from, from + samples),
    expected: randomValues.subarray(position, position + shape[0] * shape[1]),
  }),
);
