// One frame of sound → one row of features. Everything that frames share is prepared once; a frame
// allocates nothing.

import { addNoise } from './dither.js';
import type { FbankSettings } from './fbank-options.js';
import { createMelBank, type MelBank } from './mel-bank.js';
import { createPowerSpectrum } from './power-spectrum.js';
import { createWindow } from './window.js';

/** float32's epsilon, which torchaudio takes as the least energy in float64 too. */
const epsilon = 2 ** -23;

export interface FrameAnalyzer {
  /** Numbers in a row. */
  readonly columns: number;
  /**
   * Reads `windowLength` samples of `signal` from `start` and writes a row to `output` at `offset`.
   * `frameIndex` counts from the signal's first frame.
   */
  analyze(
    signal: Float32Array,
    start: number,
    frameIndex: number,
    output: Float32Array,
    offset: number,
  ): void;
}

export function createFrameAnalyzer(settings: FbankSettings): FrameAnalyzer {
  const { windowLength, fftLength, melBins, preemphasis, useEnergy, rawEnergy, usePower, useLog } = settings;
  const window = createWindow(settings.window, windowLength, settings.blackmanCoefficient);
  const melBank = createMelBank(settings);
  const powerSpectrum = createPowerSpectrum(fftLength);
  const logEnergyFloor =
    settings.energyFloor === 0 ? Number.NEGATIVE_INFINITY : Math.log(settings.energyFloor);

  const noisy = new Float32Array(windowLength);
  const windowed = new Float64Array(fftLength); // behind the window it stays zero
  const spectrum = new Float64Array(fftLength / 2);
  const energyLast = settings.htkCompatible;

  return {
    columns: melBins + (useEnergy ? 1 : 0),

    analyze(signal, start, frameIndex, output, offset) {
      let frame = signal;
      let first = start;
      if (settings.dither !== 0) {
        for (let index = 0; index < windowLength; index++) noisy[index] = signal[start + index]!;
        addNoise(noisy, settings.dither, settings.seed, frameIndex);
        frame = noisy;
        first = 0;
      }
      const mean = settings.removeDcOffset ? sum(frame, first, windowLength) / windowLength : 0;
      applyWindow(frame, first, mean, preemphasis, window, windowed);
      if (useEnergy) {
        const energy = rawEnergy
          ? sumOfSquares(frame, first, windowLength, mean)
          : sumOfSquares(windowed, 0, windowLength, 0);
        const logEnergy = Math.max(Math.log(Math.max(energy, epsilon)), logEnergyFloor);
        output[offset + (energyLast ? melBins : 0)] = logEnergy;
      }

      powerSpectrum(windowed, spectrum);
      if (!usePower) for (let k = 0; k < spectrum.length; k++) spectrum[k] = Math.sqrt(spectrum[k]!);
      filter(melBank, spectrum, useLog, output, offset + (useEnergy && !energyLast ? 1 : 0));
    },
  };
}

/** Writes the filters' outputs to `output` from `offset`. */
function filter(
  { first, count, weights }: MelBank,
  spectrum: Float64Array,
  useLog: boolean,
  output: Float32Array,
  offset: number,
): void {
  let position = 0;
  for (let row = 0; row < first.length; row++) {
    let energy = 0;
    let bin = first[row]!;
    for (const end = bin + count[row]!; bin < end; bin++) energy += weights[position++]! * spectrum[bin]!;
    output[offset + row] = useLog ? Math.log(Math.max(energy, epsilon)) : energy;
  }
}

/** Removes the mean, pre-emphasises (the first sample counts as its own predecessor) and windows. */
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
