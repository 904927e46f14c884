// The windowed-sinc filters of torchaudio.transforms.Resample. Between two whole rates from:to (without
// common divisors) output n lies at input position n · from / to: `to` phases, each with taps of its own.

const kernels = {
  /** torchaudio's default: short, with some aliasing near the band's edge. */
  sinc_hann: { zeroCrossings: 6, rolloff: 0.99, window: hann },
  /** librosa's `kaiser_best`: ten times the work, a far cleaner edge. */
  kaiser_best: { zeroCrossings: 64, rolloff: 0.9475937167399596, window: kaiser },
} as const;

export type ResamplingKernel = keyof typeof kernels;

export const kernelNames = Object.keys(kernels) as readonly ResamplingKernel[];

/** Above this many taps (16 MiB) phases are computed whenever they are needed: odd pairs like 44101 → 16000. */
const maxStoredTaps = 2 ** 21;

export interface PhaseTaps {
  /** Taps of each phase: a multiple of 4, the last of them may be 0. */
  readonly length: number;
  /** Input samples from the tap's origin, ⌊n · from / to⌋, back to the first tap. */
  readonly before: number;
  /** An array that holds the phase's taps from the offset that `offsetOf` says. */
  tapsOf(phase: number): Float64Array;
  offsetOf(phase: number): number;
}

/** Taps that are kept for the next sound: a MiB, more than the usual rates have. */
const maxKeptTaps = 2 ** 17;
/** Pairs of rates whose taps are kept. A program hears many files, but few rates. */
const maxKept = 8;

const kept = new Map<string, PhaseTaps>();

/** The taps for `from` → `to`, which have no common divisor. */
export function phaseTaps(from: number, to: number, kernel: ResamplingKernel): PhaseTaps {
  const key = `${kernel} ${from} ${to}`;
  const known = kept.get(key);
  if (known) return known;
  const taps = createPhaseTaps(from, to, kernel);
  if (to * taps.length <= maxKeptTaps) {
    const [oldest] = kept.keys();
    if (kept.size === maxKept) kept.delete(oldest!);
    kept.set(key, taps);
  }
  return taps;
}

function createPhaseTaps(from: number, to: number, kernel: ResamplingKernel): PhaseTaps {
  const { zeroCrossings, rolloff, window } = kernels[kernel];
  const cutoff = Math.min(from, to) * rolloff;
  const before = Math.ceil((zeroCrossings * from) / cutoff);
  const length = 4 * Math.ceil((2 * before + 2) / 4);
  const scale = cutoff / from;

  function compute(phase: number, taps: Float64Array, offset: number): void {
    const fraction = ((phase * from) % to) / to; // of an input sample, from the origin to the output
    for (let tap = 0; tap < length; tap++) {
      const time = ((tap - before - fraction) / from) * cutoff;
      const outside = Math.abs(time) >= zeroCrossings;
      taps[offset + tap] = outside ? 0 : sinc(time) * window(time / zeroCrossings) * scale;
    }
  }

  if (to * length > maxStoredTaps) {
    const taps = new Float64Array(length);
    const tapsOf = (phase: number) => {
      compute(phase, taps, 0);
      return taps;
    };
    return { length, before, tapsOf, offsetOf: () => 0 };
  }
  const stored = new Float64Array(to * length);
  for (let phase = 0; phase < to; phase++) compute(phase, stored, phase * length);
  return { length, before, tapsOf: () => stored, offsetOf: (phase) => phase * length };
}

function sinc(time: number): number {
  return time === 0 ? 1 : Math.sin(Math.PI * time) / (Math.PI * time);
}

function hann(position: number): number {
  return Math.cos((Math.PI * position) / 2) ** 2;
}

const kaiserBeta = 14.769656459379492;
const kaiserPeak = besselI0(kaiserBeta);

function kaiser(position: number): number {
  return besselI0(kaiserBeta * Math.sqrt(1 - position * position)) / kaiserPeak;
}

/** The modified Bessel function of the first kind and order 0, by its power series. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let total = 1;
  for (let k = 1; term > total * 1e-17; k++) {
    term *= quarter / (k * k);
    total += term;
  }
  return total;
}
