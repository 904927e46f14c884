import type { LengthSpecification } from '@audiozoo/core';
import type { FbankOptions } from './fbank-options.js';
import type { MelSpectrogramOptions } from './mel-spectrogram-options.js';
import type { SilentRest } from './silent-rest.js';
import type { SpectrogramInput } from './spectrogram-front-end.js';

/** What a model over Kaldi's features is given of sound. */
export interface FbankInput extends SpectrogramInput {
  readonly fbank: FbankOptions;
}

/** What a model over mel spectrograms is given of sound. */
export interface MelSpectrogramInput extends SpectrogramInput {
  readonly melSpectrogram: MelSpectrogramOptions;
  /** Where shorter sound goes on as silence until it makes all frames. Then `padding` is sound that has not come yet. */
  readonly silentRest?: SilentRest | undefined;
  /** Seconds that longer sound is cut into, unless a person says otherwise. Absent: as long as fits. */
  readonly windowSeconds?: number | undefined;
  /** How long the input is, where each run may say. */
  readonly length?: LengthSpecification | undefined;
  /** The input stays float32 where a backend computes in less. */
  readonly fullPrecision?: true | undefined;
}
