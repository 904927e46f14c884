// What is done to each frame, worked out into sizes and tables: so that the same analyzers serve Kaldi's filter banks and
// mel spectrograms.

import type { FilterBank } from './filter-bank.js';

export interface FrameAnalysis {
  /** Samples in a frame. */
  readonly windowLength: number;
  /** Samples from one frame's start to the next one's. */
  readonly hopLength: number;
  /** Samples in a Fourier transform: the frame, zero-padded. */
  readonly fftLength: number;
  readonly removeDcOffset: boolean;
  /** Share of the previous sample of the frame that is subtracted from each. */
  readonly preemphasis: number;
  readonly window: Float64Array; // [windowLength]
  /** Filter the power spectrum; otherwise the magnitudes. */
  readonly usePower: boolean;
  /** Over frequencies 0 to ⌊fftLength / 2⌋. */
  readonly filters: FilterBank;
  /** What becomes of the filters' outputs. Absent: nothing. */
  readonly logarithm?: LogarithmSettings | undefined;
  /** A further column with the frame's log energy: the first one, or the last. */
  readonly energy?: { readonly raw: boolean; readonly floor: number; readonly last: boolean } | undefined;
  /** Noise added to each frame's samples. */
  readonly noise?: { readonly scale: number; readonly seed: number } | undefined;
}

/** x becomes scale · ln(max(x + offset, least)). */
export interface LogarithmSettings {
  readonly offset: number;
  readonly least: number;
  readonly scale: number;
}
