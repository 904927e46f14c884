// Everything that happens to a frame before its power is taken (its mean subtracted, pre-emphasis, window,
// Fourier transform) is linear, so that one matrix does all of it: where models run, a matrix product is what
// there is, and fast.

import type { FrameAnalysis } from './frame-analysis.js';

/**
 * Frame → the real, then the imaginary parts of the first `bins` frequencies of its spectrum:
 * [2 · bins, windowLength]. Worked out in float64, rounded once.
 */
export function createFourierMatrix(
  { windowLength, fftLength, window, preemphasis, removeDcOffset }: FrameAnalysis,
  bins: number,
): Float32Array {
  const matrix = new Float32Array(2 * bins * windowLength);
  const row = new Float64Array(windowLength);

  for (let index = 0; index < 2 * bins; index++) {
    const bin = index % bins;
    const wave = index < bins ? Math.cos : Math.sin; // its sign does not matter to the power
    for (let sample = 0; sample < windowLength; sample++) {
      const turn = (bin * sample) % fftLength; // exact, where the angle itself would grow and round
      row[sample] = window[sample]! * wave((2 * Math.PI * turn) / fftLength);
    }
    transposePreemphasis(row, preemphasis);
    if (removeDcOffset) removeMean(row);
    matrix.set(row, index * windowLength);
  }
  return matrix;
}

/** What a row must be for samples that are not pre-emphasized yet; the first is its own predecessor. */
function transposePreemphasis(row: Float64Array, preemphasis: number): void {
  row[0]! *= 1 - preemphasis;
  for (let sample = 1; sample < row.length; sample++) row[sample - 1]! -= preemphasis * row[sample]!;
}

/** What a row must be for samples whose mean is still in them. */
function removeMean(row: Float64Array): void {
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
  for (let sample = 0; sample < row.length; sample++) row[sample]! -= mean;
}
