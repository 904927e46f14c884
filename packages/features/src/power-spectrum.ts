// |X|² of real frames. A real frame of N samples, read as N/2 complex numbers (even samples real, odd
// ones imaginary), takes a transform of half the length; one more pass pulls the two halves apart.

import { createFourierTransform } from './fourier.js';

/** Writes the power of frequencies 0 to ⌊length / 2⌋ of `frame` to `power`. */
export type PowerSpectrum = (frame: Float64Array, power: Float64Array) => void;

export function createPowerSpectrum(length: number): PowerSpectrum {
  if (length % 2 !== 0) return powerSpectrumOfOdd(length);
  const half = length / 2;
  const transform = createFourierTransform(half);
  const turns = turnsOf(length);

  return (frame, power) => {
    const z = transform(frame);
    power[0] = (z[0]! + z[1]!) ** 2;
    power[half] = (z[0]! - z[1]!) ** 2;
    for (let k = 1, mirrored = half - 1; k <= mirrored; k++, mirrored--) {
      const lowRe = z[2 * k]!;
      const lowIm = z[2 * k + 1]!;
      const highRe = z[2 * mirrored]!;
      const highIm = z[2 * mirrored + 1]!;
      const cosine = turns[2 * k]!;
      const sine = turns[2 * k + 1]!;
      const evenRe = lowRe + highRe;
      const evenIm = lowIm - highIm;
      const oddRe = lowIm + highIm;
      const oddIm = highRe - lowRe;
      const turnedRe = oddRe * cosine + oddIm * sine;
      const turnedIm = oddIm * cosine - oddRe * sine;
      const re = evenRe + turnedRe;
      const im = evenIm + turnedIm;
      const mirroredRe = evenRe - turnedRe;
      const mirroredIm = evenIm - turnedIm;
      power[k] = 0.25 * (re * re + im * im);
      power[mirrored] = 0.25 * (mirroredRe * mirroredRe + mirroredIm * mirroredIm);
    }
  };
}

/** An odd number of samples has no halves. */
function powerSpectrumOfOdd(length: number): PowerSpectrum {
  const transform = createFourierTransform(length);
  const numbers = new Float64Array(2 * length); // imaginary parts stay zero
  return (frame, power) => {
    for (let index = 0; index < length; index++) numbers[2 * index] = frame[index]!;
    const z = transform(numbers);
    for (let k = 0; 2 * k < length; k++) power[k] = z[2 * k]! ** 2 + z[2 * k + 1]! ** 2;
  };
}

/** Cosine and sine of 2π·k/length for k up to length/4. */
export function turnsOf(length: number): Float64Array {
  const turns = new Float64Array(2 * (Math.floor(length / 4) + 1));
  for (let k = 0; 2 * k < turns.length; k++) {
    const angle = (2 * Math.PI * k) / length;
    turns[2 * k] = Math.cos(angle);
    turns[2 * k + 1] = Math.sin(angle);
  }
  return turns;
}
