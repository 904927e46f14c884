// Frames of sound → rows of features, one number at a time. Everything that frames share is prepared once;
// a frame allocates nothing. kernel/rows.ts repeats these operations in the same order: change both.

import { addNoise } from './dither.js';
import { leastEnergy } from './fbank-options.js';
import { type FilterBank, overhang } from './filter-bank.js';
import type { FrameAnalysis } from './frame-analysis.js';
import type { FrameAnalyzer } from './frame-analyzer.js';
import { createLogarithms } from './logarithm.js';
import { createPowerSpectrum } from './power-spectrum.js';

/** Outputs of filters as they are. */
const linear = { offset: 0, least: 0, scale: 1 };

export function createScalarAnalyzer(analysis: FrameAnalysis): FrameAnalyzer {
  const { windowLength, hopLength, fftLength, removeDcOffset, preemphasis, window, filters } = analysis;
  const { usePower, logarithm, energy, noise } = analysis;
  const { offset: lift, least, scale } = logarithm ?? linear;
  const powerSpectrum = createPowerSpectrum(fftLength);
  const logEnergyFloor = Math.log(energy?.floor ?? 0);

  const melBins = filters.first.length;
  const noisy = new Float32Array(windowLength);
  const windowed = new Float64Array(fftLength); // behind the window it stays zero
  const frequencies = Math.floor(fftLength / 2) + 1;
  const spectrum = new Float64Array(frequencies + overhang); // behind the frequencies it stays zero
  const logarithms = createLogarithms(melBins);
  const columns = melBins + (energy ? 1 : 0);
  const energyColumn = energy?.last ? melBins : 0;
  const firstMelColumn = energy && !energy.last ? 1 : 0;

  /** Writes the row of the frame of `signal` from sample `start`. */
  function analyzeFrame(signal: Float32Array, start: number, output: Float32Array, offset: number): void {
    const mean = removeDcOffset ? sum(signal, start, windowLength) / windowLength : 0;
    applyWindow(signal, start, mean, preemphasis, window, windowed);
    if (energy) {
      const total = energy.raw
        ? sumOfSquares(signal, start, windowLength, mean)
        : sumOfSquares(windowed, 0, windowLength, 0);
      output[offset + energyColumn] = Math.max(Math.log(Math.max(total, leastEnergy)), logEnergyFloor);
    }

    powerSpectrum(windowed, spectrum);
    if (!usePower) for (let k = 0; k < frequencies; k++) spectrum[k] = Math.sqrt(spectrum[k]!);
    const { values } = logarithms;
    filter(filters, spectrum, lift, least, values);
    if (logarithm) logarithms.write(output, offset + firstMelColumn, scale);
    else output.set(values, offset + firstMelColumn);
  }

  return {
    columns,
    analyze(signal, start, firstFrame, frames, output, offset) {
      for (let index = 0; index < frames; index++) {
        const from = start + index * hopLength;
        const to = offset + index * columns;
        if (!noise) {
          analyzeFrame(signal, from, output, to);
        } else {
          for (let sample = 0; sample < windowLength; sample++) noisy[sample] = signal[from + sample]!;
          addNoise(noisy, noise.scale, noise.seed, firstFrame + index);
          analyzeFrame(noisy, 0, output, to);
        }
      }
    },
  };
}

/** Writes the filters' outputs, lifted and `least` or more, to `energies`. */
function filter(
  { first, count, weights }: FilterBank,
  spectrum: Float64Array,
  lift: number,
  least: number,
  energies: Float64Array,
): void {
  let position = 0;
  for (let row = 0; row < first.length; row++) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let bin = first[row]!;
    for (const end = bin + count[row]!; bin < end; bin += 4, position += 4) {
      a += weights[position]! * spectrum[bin]!;
      b += weights[position + 1]! * spectrum[bin + 1]!;
      c += weights[position + 2]! * spectrum[bin + 2]!;
      d += weights[position + 3]! * spectrum[bin + 3]!;
    }
    energies[row] = Math.max(a + b + (c + d) + lift, least);
  }
}

/** Removes the mean, pre-emphasizes (the first sample counts as its own predecessor) and windows. */
function applyWindow(
  signal: Float32Array,
  start: number,
  mean: number,
  preemphasis: number,
  window: Float64Array,
  windowed: Float64Array,
): void {
  let previous = signal[start]! - mean;
  for (let index = 0; index < window.length; index++) {
    const sample = signal[start + index]! - mean;
    windowed[index] = window[index]! * (sample - preemphasis * previous);
    previous = sample;
  }
}

function sum(values: Float32Array, start: number, length: number): number {
  // Four sums, because a single one would wait for itself at each value.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let index = start;
  for (const end = start + length - 3; index < end; index += 4) {
    a += values[index]!;
    b += values[index + 1]!;
    c += values[index + 2]!;
    d += values[index + 3]!;
  }
  for (const end = start + length; index < end; index++) a += values[index]!;
  return a + b + c + d;
}

function sumOfSquares(values: Float32Array | Float64Array, start: number, length: number, mean: number) {
  let total = 0;
  for (let index = start; index < start + length; index++) total += (values[index]! - mean) ** 2;
  return total;
}
