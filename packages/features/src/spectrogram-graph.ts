// Spectrograms over `Ops`: sound to features where a model runs, in float32.

import { AudiozooError, type Ops, type Parameter, type Resolved } from '@audiozoo/core';
import { createFourierMatrix } from './fourier-matrix.js';
import type { Frames } from './frame-extractor.js';
import { createSignalGraph, type Fill, type SignalGraph } from './signal-graph.js';
import { waveformParameter as table } from './waveform-parameter.js';

/** Frames, and what is made of a clip of them. */
export interface SpectrogramGraphOptions extends Frames {
  /** Share of the sample before that is subtracted from each of the signal; 0 when absent. */
  readonly preemphasis?: number | undefined;
  /** All frames of a clip are raised to so much below its loudest number. */
  readonly topDb?: number | undefined;
  /** Frames that come out. */
  readonly frames: number;
  /** Frames of the longest clip; what is beyond `frames` counts in what hangs on the whole clip. */
  readonly clipFrames: number;
  /** What frames past the end of a clip hold. */
  readonly padding: number;
  readonly fill?: Fill | undefined;
  /** Whether clips may be given with fewer samples: as many frames come out as they make, of all `clipFrames`. */
  readonly anyLength?: boolean | undefined;
}

export interface SpectrogramGraph {
  /** Samples that are given of each clip. */
  readonly sampleCount: number;
  readonly parameters: SpectrogramParameters;
  /** samples [B, sampleCount] and lengths [B] → features [B, frames, columns]. */
  build<T>(ops: Ops<T>, weights: Resolved<SpectrogramParameters, T>, samples: T, lengths: T): T;
}

type SpectrogramParameters = Readonly<
  Record<'fourier' | 'filters' | 'room' | 'one' | 'offset' | 'range', Parameter>
> & { readonly signal: SignalGraph['parameters'] };

/** Numbers in the matrix of the Fourier transform, 64 MB: frames of 25 ms have as many at 96 kHz. */
const largestMatrix = 2 ** 24;

/** Far below the logarithm of anything. */
const silent = -1e6;

/** Throws an `argument` error on very long frames. */
export function createSpectrogramGraph({
  framing,
  analysis,
  preemphasis,
  topDb,
  frames,
  clipFrames,
  padding,
  fill,
  anyLength = false,
}: SpectrogramGraphOptions): SpectrogramGraph {
  const { windowLength, hopLength, filters, logarithm } = analysis;
  const { first, count, weights: filterWeights } = filters;
  const columns = first.length;
  const bins = Math.max(1, ...first.map((bin, filter) => bin + count[filter]!)); // that a filter reads
  checkMatrix(2 * bins, windowLength);
  const hops = Math.ceil(windowLength / hopLength); // that a frame spans
  const computed = topDb === undefined && !anyLength ? frames : clipFrames;
  // Frames overlap, hops do not; but how many hops there are is no size that hangs on the length alone.
  const cutting = anyLength
    ? { rows: computed, rowLength: windowLength }
    : { rows: computed + hops - 1, rowLength: hopLength };
  const signal = createSignalGraph({
    framing,
    preemphasis,
    hopLength,
    ...cutting,
    anyLength,
    clipFrames,
    fill,
  });

  return {
    sampleCount: signal.sampleCount,
    parameters: {
      signal: signal.parameters,
      fourier: table('fourier', [2 * bins, windowLength], () => createFourierMatrix(analysis, bins)),
      filters: table('filters', [columns, 2 * bins], () => {
        const rows = new Float32Array(columns * 2 * bins);
        let position = 0;
        for (let filter = 0; filter < columns; filter++) {
          const weights = filterWeights.subarray(position, (position += count[filter]!));
          // Power is the sum of two squares: a filter weighs both alike.
          rows.set(weights, 2 * filter * bins + first[filter]!);
          rows.set(weights, (2 * filter + 1) * bins + first[filter]!);
        }
        return rows;
      }),
      room: table('room', [1, computed, 1], () =>
        Float32Array.from({ length: computed }, (_, frame) => -framing.maxSamples(frame)),
      ),
      one: table('one', [1], () => Float32Array.of(1)),
      offset: table('offset', [1], () => Float32Array.of(logarithm?.offset ?? 0)),
      range: table('range', [1], () => Float32Array.of(-(topDb ?? 0))),
    },

    build<T>(ops: Ops<T>, weights: Resolved<SpectrogramParameters, T>, samples: T, lengths: T): T {
      const { fourier, filters, one, offset, range } = weights;
      const { heard, length } = signal.build(ops, weights.signal, samples, lengths);
      const cut = anyLength ? ops.reshape(heard, [0, -1, windowLength]) : cutFrames(ops, heard); // [B, computed, windowLength]
      const spectrum = ops.linear(cut, fourier); // [B, computed, 2 · bins]
      let features = ops.linear(ops.multiply(spectrum, spectrum), filters); // [B, computed, columns]
      if (logarithm) {
        if (logarithm.offset !== 0) features = ops.add(features, offset);
        features = ops.log(ops.clamp(features, { least: logarithm.least }));
        if (logarithm.scale !== 1) features = ops.scale(features, logarithm.scale);
      }

      const room = anyLength ? ops.sliceLike(weights.room, 1, cut) : weights.room;
      // 1 where a frame is of the clip, 0 where it lies past its end.
      const there = ops.clamp(ops.add(ops.reshape(length, [-1, 1, 1]), room), { least: 0, most: 1 }); // [B, computed, 1]
      const only = (elsewhere: number, x: T, there: T): T => {
        const kept = ops.multiply(x, there);
        if (elsewhere === 0) return kept;
        return ops.add(kept, ops.scale(ops.add(ops.scale(there, -1), one), elsewhere));
      };
      if (topDb === undefined) return only(padding, features, there);
      const loudest = ops.max(ops.max(only(silent, features, there), 1), 1); // [B]
      const floor = ops.reshape(ops.add(loudest, range), [-1, 1, 1]);
      const above = ops.relu(ops.add(features, ops.scale(floor, -1)));
      const raised = ops.add(above, floor);
      if (anyLength) return only(padding, raised, there);
      const [shown, of] = [raised, there].map((x) => ops.slice(x, 1, 0, frames)) as [T, T];
      return only(padding, shown, of);
    },
  };

  /** A frame is the hops that it spans, side by side: [B, hops in all · hopLength] → [B, computed, windowLength]. */
  function cutFrames<T>(ops: Ops<T>, heard: T): T {
    const inHops = ops.reshape(heard, [-1, cutting.rows, hopLength]);
    const parts = Array.from({ length: hops }, (_, hop) => {
      const part = ops.slice(inHops, 1, hop, hop + computed); // [B, computed, hopLength]
      const rest = windowLength - hop * hopLength;
      return rest < hopLength ? ops.slice(part, 2, 0, rest) : part;
    });
    return ops.concat(parts, 2);
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
