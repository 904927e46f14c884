// The signal that frames are cut from, over `Ops`: a clip of some length, filled up, pre-emphasized, and continued behind
// its ends as its frames want it. Where its end lies is known only when the model runs, so samples are taken by positions
// that are worked out of the length.

import { AudiozooError, type Ops, type Parameter, type Resolved } from '@audiozoo/core';
import type { Framing } from './framing.js';
import { waveformParameter as table } from './waveform-parameter.js';

/** What becomes of sound of fewer samples: it goes on as silence, or is repeated, up to so many. */
export interface Fill {
  readonly kind: 'silence' | 'repeat';
  readonly samples: number;
  /** Frames are heard in whole multiples of this: silence goes on until so many are there. 1 when absent. */
  readonly frameStep?: number;
}

interface SignalGraphOptions {
  readonly framing: Framing;
  /** Frames of the longest clip. */
  readonly clipFrames: number;
  readonly fill?: Fill | undefined;
  readonly hopLength: number;
  /** What comes out: so many rows, a hop apart, from where the first frame begins. */
  readonly rows: number;
  readonly rowLength: number;
  /** Whether clips may be given with fewer samples, of whose frames there is a row each. For mirrored ends. */
  readonly anyLength: boolean;
  /** Share of the sample before that is subtracted from each. */
  readonly preemphasis?: number | undefined;
}

export interface SignalGraph {
  /** Samples that are given of each clip. */
  readonly sampleCount: number;
  readonly parameters: Readonly<Record<SignalParameter, Parameter>>;
  /** samples [B, sampleCount], lengths [B] → the signal that is heard [B, rows · rowLength], the clip's length [B, 1]. */
  build<T>(
    ops: Ops<T>,
    weights: Resolved<SignalGraph['parameters'], T>,
    samples: T,
    lengths: T,
  ): { readonly heard: T; readonly length: T };
}

type SignalParameter =
  | 'offsets'
  | 'rows'
  | 'rowOffsets'
  | 'givenRows'
  | 'filled'
  | 'fewest'
  | 'firstTurn'
  | 'lastTurn'
  | 'start'
  | 'back'
  | 'counter';

/** Positions up to here, and halves between them, are exact in float32. */
const mostSamples = 2 ** 23;
/** What `Ops.remainder` takes. */
const mostRepeated = 2 ** 22;

/** Throws an `argument` error on very long clips. */
export function createSignalGraph({
  framing,
  hopLength,
  rows,
  rowLength,
  anyLength,
  clipFrames,
  preemphasis = 0,
  fill,
}: SignalGraphOptions): SignalGraph {
  const { padding, signalStart } = framing;
  // Where frames read what is given, from its first sample on, no positions are needed.
  const isCut = padding === 'none' && !fill && preemphasis === 0 && framing.frameStart(0) === 0;
  const given = fill?.kind === 'repeat' ? fill.samples : framing.maxSamples(clipFrames);
  const sampleCount = isCut ? rows * hopLength : given;
  checkClipLength(sampleCount, fill?.kind === 'repeat' ? mostRepeated : mostSamples);
  const givenRows = Math.ceil(sampleCount / hopLength);
  // Mirrored around a sample (reflect), or around the edge before or behind it (symmetric).
  const half = padding === 'symmetric' ? 0.5 : 0;
  const firstTurn = signalStart - half;
  const toFirst = framing.maxSamples(0) + 1; // samples that the first frame takes, less what is mirrored
  const counting = { width: toFirst || 2, padding: toFirst === 0 ? 1 : 0 };

  const heardOf = (frames: number) => frames - (frames % (fill?.frameStep ?? 1));
  const number = (name: string, value: number) => table(name, [1], () => Float32Array.of(value));
  const counted = (name: string, count: number) =>
    table(name, [1, count], () => Float32Array.from({ length: count }, (_, index) => index));
  const starts = (name: string, count: number, first: number) =>
    table(name, [1, count, 1], () =>
      Float32Array.from({ length: count }, (_, row) => first + row * hopLength),
    );

  return {
    sampleCount,
    parameters: {
      // Positions are sums of rows and offsets, which are small where a table of them would be large.
      offsets: counted('offsets', hopLength),
      rowOffsets: counted('rowOffsets', rowLength),
      rows: starts('rows', rows, framing.frameStart(0) - firstTurn),
      givenRows: starts('givenRows', givenRows, 0),
      filled: number('filled', fill?.samples ?? 0),
      fewest: table('fewest', [1, rows, 1], () =>
        Float32Array.from({ length: rows }, (_, row) => framing.maxSamples(heardOf(row + 1) - 1) + 1),
      ),
      firstTurn: number('firstTurn', firstTurn),
      lastTurn: number('lastTurn', half - 1 - firstTurn),
      start: number('start', 1 - signalStart),
      back: number('back', -1),
      counter: table('counter', [1, 1, 1, counting.width], () => new Float32Array(counting.width)),
    },

    build<T>(ops: Ops<T>, weights: Resolved<SignalGraph['parameters'], T>, samples: T, lengths: T) {
      const end = ops.reshape(lengths, [-1, 1]); // [B, 1]
      if (isCut) return { heard: samples, length: end };
      const line = (starts: T, offsets: T): T => ops.reshape(ops.add(starts, offsets), [1, -1]);
      /** 1 where a position [B or 1, N] lies below a bound [B, 1], else 0. */
      const below = (positions: T, bound: T): T =>
        ops.clamp(ops.add(bound, ops.scale(positions, -1)), { least: 0, most: 1 });
      const taken = (x: T, positions: T): T => ops.take(x, ops.expandBatch(positions, x)); // [1, N]

      const longest = ops.slice(line(weights.givenRows, weights.offsets), 1, 0, sampleCount);
      const places = anyLength ? ops.sliceLike(longest, 1, samples) : longest; // [1, samples]
      const frames = anyLength ? countFrames(ops, weights.counter, samples) : undefined; // [B, frames, 1]
      const ofFrames = (table: T): T => (frames === undefined ? table : ops.sliceLike(table, 1, frames));

      let heard = samples;
      let length = end;
      if (fill?.kind === 'silence') {
        heard = ops.multiply(samples, below(places, end));
        const fewest = anyLength ? ops.max(ofFrames(weights.fewest), 1) : weights.filled;
        length = ops.add(end, ops.relu(ops.add(fewest, ops.scale(end, -1)))); // the larger of the two
      } else if (fill) {
        // As many whole copies as there is room for, then silence.
        const rest = ops.remainder(weights.filled, end); // [B, 1]
        const copies = ops.add(weights.filled, ops.scale(rest, -1));
        heard = ops.multiply(ops.take(samples, ops.remainder(places, end)), below(places, copies));
        length = ops.clamp(end, { least: fill.samples });
      }
      if (preemphasis !== 0) {
        const before = taken(heard, ops.clamp(ops.add(places, weights.back), { least: 0 }));
        heard = ops.add(heard, ops.scale(before, -preemphasis)); // the first is not to be heard
      }

      // Positions count from where the beginning is mirrored.
      const wanted = line(ofFrames(weights.rows), weights.rowOffsets); // [1, rows · rowLength]
      const last = { least: 0, most: sampleCount - 1 };
      if (padding === 'none' || padding === 'zeros') {
        const positions = ops.add(wanted, weights.firstTurn);
        const inside = below(positions, length);
        const begun = ops.clamp(ops.add(positions, weights.start), { least: 0, most: 1 });
        return {
          heard: ops.multiply(taken(heard, ops.clamp(positions, last)), ops.multiply(inside, begun)),
          length,
        };
      }
      const begun = ops.add(wanted, ops.scale(ops.clamp(wanted, { most: 0 }), -2));
      const turn = ops.add(length, weights.lastTurn); // [B, 1]
      const past = ops.relu(ops.add(begun, ops.scale(turn, -1))); // [B, rows · rowLength]
      const positions = ops.add(ops.add(begun, ops.scale(past, -2)), weights.firstTurn);
      return { heard: ops.take(heard, ops.clamp(positions, last)), length };
    },
  };

  /** Something with as many places as samples [B, N] make frames: [B, frames, 1]. Only its size is read. */
  function countFrames<T>(ops: Ops<T>, counter: T, samples: T): T {
    const options = { stride: [1, hopLength], padding: [0, counting.padding] } as const;
    const places = ops.conv2d(ops.reshape(samples, [0, 1, 1, -1]), counter, undefined, options);
    return ops.reshape(places, [0, -1, 1]);
  }
}

function checkClipLength(count: number, most: number): void {
  if (count <= most) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'the clips are too long for features inside a model',
    expected: `at most ${most} samples, whose places float32 holds exactly`,
    got: `${count}`,
    hint: 'Have the features made outside, or the model hear shorter clips.',
  });
}
