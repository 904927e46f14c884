// The filter bank over `Ops`: sound to log-mel features where a model runs, in float32. Its tables are
// parameters derived of no others, so that to a backend they are weights like any.

import { AudiozooError, type Ops, type Parameter, type Resolved, type Shape } from '@audiozoo/core';
import { parameter } from '@audiozoo/core/plugin';
import { type FbankOptions, leastEnergy, readFbankOptions, refuse } from './fbank-options.js';
import { createFourierMatrix } from './fourier-matrix.js';
import { createFraming, type Framing } from './framing.js';
import { createMelBank } from './mel-bank.js';

export interface FbankGraph {
  readonly frames: number;
  readonly hopLength: number;
  readonly framing: Framing;
  /** Samples that the frames are cut from: whole hops. */
  readonly sampleCount: number;
  readonly parameters: FbankParameters;
  /**
   * samples [B, sampleCount] and lengths [B] → features [B, frames, melBins]. Frames that reach over a clip's
   * length are zero.
   */
  build<T>(ops: Ops<T>, weights: Resolved<FbankParameters, T>, samples: T, lengths: T): T;
}

type FbankParameters = Readonly<Record<'fourier' | 'filters' | 'room', Parameter>>;

/** Numbers in the matrix of the Fourier transform, 64 MB: frames of 25 ms have as many at 96 kHz. */
const largestMatrix = 2 ** 24;

/**
 * The first `frames` frames that `createFbank(options)` computes. Throws an `argument` error on options that
 * it cannot serve: energy, magnitudes, dither, mirrored ends, a mean over the signal, and very long frames.
 */
export function createFbankGraph(options: FbankOptions, frames: number): FbankGraph {
  const settings = readFbankOptions(options);
  checkServed(settings);
  const { windowLength, hopLength, melBins, useLog } = settings;
  const { first, count, weights: melWeights } = createMelBank(settings);
  const bins = Math.max(1, ...first.map((bin, filter) => bin + count[filter]!)); // that a filter reads
  checkMatrix(2 * bins, windowLength);
  const hops = Math.ceil(windowLength / hopLength); // that a frame spans

  const constant = (name: string, shape: Shape, compute: () => Float32Array) =>
    parameter(`waveform.${name}`, shape, { fullPrecision: true, derived: { from: [], compute } });
  const parameters: FbankParameters = {
    fourier: constant('fourier', [2 * bins, windowLength], () => createFourierMatrix(settings, bins)),
    filters: constant('filters', [melBins, 2 * bins], () => {
      const rows = new Float32Array(melBins * 2 * bins);
      let position = 0;
      for (let filter = 0; filter < melBins; filter++) {
        const weights = melWeights.subarray(position, (position += count[filter]!));
        // Power is the sum of two squares: a filter weighs both alike.
        rows.set(weights, 2 * filter * bins + first[filter]!);
        rows.set(weights, (2 * filter + 1) * bins + first[filter]!);
      }
      return rows;
    }),
    room: constant('room', [1, frames, 1], () =>
      Float32Array.from({ length: frames }, (_, t) => 1 - windowLength - t * hopLength),
    ),
  };

  return {
    frames,
    hopLength,
    framing: createFraming(settings),
    sampleCount: (frames + hops - 1) * hopLength,
    parameters,

    build(ops, weights, samples, lengths) {
      // Frames overlap, hops do not: a frame is the hops that it spans, side by side.
      const inHops = ops.reshape(samples, [-1, frames + hops - 1, hopLength]);
      const parts = Array.from({ length: hops }, (_, hop) => {
        const part = ops.slice(inHops, 1, hop, hop + frames); // [B, frames, hopLength]
        const rest = windowLength - hop * hopLength;
        return rest < hopLength ? ops.slice(part, 2, 0, rest) : part;
      });
      const cut = ops.concat(parts, 2); // [B, frames, windowLength]
      const spectrum = ops.linear(cut, weights.fourier); // [B, frames, 2 · bins]
      const energies = ops.linear(ops.multiply(spectrum, spectrum), weights.filters); // [B, frames, melBins]
      const features = useLog ? ops.log(ops.clamp(energies, { least: leastEnergy })) : energies;

      // One more than there are samples behind the frame in the clip: below 1, it is not whole.
      const left = ops.add(ops.reshape(lengths, [-1, 1, 1]), weights.room); // [B, frames, 1]
      return ops.multiply(features, ops.clamp(left, { least: 0, most: 1 }));
    },
  };
}

/** What is no sum, square or logarithm of a frame's own samples is left to `createFbank`. */
function checkServed(settings: ReturnType<typeof readFbankOptions>): void {
  const served = {
    useEnergy: false,
    usePower: true,
    dither: 0,
    snipEdges: true,
    subtractMean: false,
  } as const;
  for (const name of Object.keys(served) as (keyof typeof served)[]) {
    if (settings[name] === served[name]) continue;
    throw refuse(name, `${served[name]}`, settings[name], 'cannot be served inside a model');
  }
}

function checkMatrix(rows: number, columns: number): void {
  if (rows * columns <= largestMatrix) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'the frames are too long for features inside a model',
    expected: `at most ${largestMatrix} numbers in the matrix that transforms them`,
    got: `${rows} × ${columns}`,
    hint: 'Have the features made outside, or lower the sample rate.',
  });
}
