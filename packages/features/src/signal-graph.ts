// The signal that frames are cut from, over `Ops`: a clip of some length, filled up, pre-emphasized, and continued behind
// its ends as its frames want it. Where its end lies is known only when the model runs, so samples are taken by positions
// that are worked out of the length.

import type { Ops, Parameter, Resolved } from '@audiozoo/core';
import type { Framing } from './framing.js';
import { waveformParameter as table } from './waveform-parameter.js';

/** What becomes of sound of fewer samples: it goes on as silence, or is repeated, up to so many. */
export interface Fill {
  readonly kind: 'silence' | 'repeat';
  readonly samples: number;
}

interface SignalGraphOptions {
  readonly framing: Framing;
  /** Frames of the longest clip. */
  readonly clipFrames: number;
  readonly fill?: Fill | undefined;
  readonly hopLength: number;
  /** What comes out: so many hops, from where the first frame begins. */
  readonly rows: number;
  /** Share of the sample before that is subtracted from each. */
  readonly preemphasis?: number | undefined;
}

export interface SignalGraph {
  /** Samples that are given of each clip. */
  readonly sampleCount: number;
  readonly parameters: Readonly<Record<SignalParameter, Parameter>>;
  /** samples [B, sampleCount], lengths [B] → the signal that is heard [B, rows · hopLength], the clip's length [B, 1]. */
  build<T>(
    ops: Ops<T>,
    weights: Resolved<SignalGraph['parameters'], T>,
    samples: T,
    lengths: T,
  ): { readonly heard: T; readonly length: T };
}

type SignalParameter = 'offsets' | 'rows' | 'givenRows' | 'filled' | 'firstTurn' | 'lastTurn' | 'start';

export function createSignalGraph({
  framing,
  hopLength,
  rows,
  clipFrames,
  preemphasis = 0,
  fill,
}: SignalGraphOptions): SignalGraph {
  const { padding, signalStart } = framing;
  // Where frames read what is given, from its first sample on, no positions are needed.
  const isCut = padding === 'none' && !fill && preemphasis === 0 && framing.frameStart(0) === 0;
  const given = fill?.kind === 'repeat' ? fill.samples : framing.maxSamples(clipFrames);
  const sampleCount = isCut ? rows * hopLength : given;
  const givenRows = Math.ceil(sampleCount / hopLength);
  // Mirrored around a sample (reflect), or around the edge before or behind it (symmetric).
  const half = padding === 'symmetric' ? 0.5 : 0;
  const firstTurn = signalStart - half;

  const number = (name: string, value: number) => table(name, [1], () => Float32Array.of(value));
  const starts = (name: string, count: number, first: number) =>
    table(name, [count, 1], () => Float32Array.from({ length: count }, (_, row) => first + row * hopLength));

  return {
    sampleCount,
    parameters: {
      // Positions are sums of rows and offsets, which are small where a table of them would be large.
      offsets: table('offsets', [1, hopLength], () =>
        Float32Array.from({ length: hopLength }, (_, index) => index),
      ),
      rows: starts('rows', rows, framing.frameStart(0) - firstTurn),
      givenRows: starts('givenRows', givenRows, 0),
      filled: number('filled', fill?.samples ?? 0),
      firstTurn: number('firstTurn', firstTurn),
      lastTurn: number('lastTurn', half - 1 - firstTurn),
      start: number('start', 1 - signalStart),
    },

    build<T>(ops: Ops<T>, weights: Resolved<SignalGraph['parameters'], T>, samples: T, lengths: T) {
      const end = ops.reshape(lengths, [-1, 1]); // [B, 1]
      if (isCut) return { heard: samples, length: end };
      const line = (starts: T, count: number): T =>
        ops.reshape(ops.add(starts, weights.offsets), [1, count * hopLength]);
      /** 1 where a position [B or 1, N] lies below a bound [B, 1], else 0. */
      const below = (positions: T, bound: T): T =>
        ops.clamp(ops.add(bound, ops.scale(positions, -1)), { least: 0, most: 1 });

      let heard = samples;
      let length = end;
      const places = ops.slice(line(weights.givenRows, givenRows), 1, 0, sampleCount); // [1, sampleCount]
      if (fill?.kind === 'silence') {
        heard = ops.multiply(samples, below(places, end));
        length = ops.clamp(end, { least: fill.samples });
      } else if (fill) {
        // As many whole copies as there is room for, then silence.
        const rest = ops.remainder(weights.filled, end); // [B, 1]
        const copies = ops.add(weights.filled, ops.scale(rest, -1));
        heard = ops.multiply(ops.take(samples, ops.remainder(places, end)), below(places, copies));
        length = ops.clamp(end, { least: fill.samples });
      }
      if (preemphasis !== 0) {
        const before = ops.scale(ops.slice(heard, 1, 0, sampleCount - 1), -preemphasis);
        const emphasized = ops.add(ops.slice(heard, 1, 1, sampleCount), before);
        heard = ops.concat([ops.slice(heard, 1, 0, 1), emphasized], 1); // the first is not to be heard
      }

      // Positions count from where the beginning is mirrored.
      const wanted = line(weights.rows, rows); // [1, rows · hopLength]
      const last = { least: 0, most: sampleCount - 1 };
      if (padding === 'none' || padding === 'zeros') {
        const positions = ops.add(wanted, weights.firstTurn);
        const inside = below(positions, length);
        const begun = ops.clamp(ops.add(positions, weights.start), { least: 0, most: 1 });
        const all = ops.expandBatch(ops.clamp(positions, last), heard);
        return { heard: ops.multiply(ops.take(heard, all), ops.multiply(inside, begun)), length };
      }
      const begun = ops.add(wanted, ops.scale(ops.clamp(wanted, { most: 0 }), -2));
      const turn = ops.add(length, weights.lastTurn); // [B, 1]
      const past = ops.relu(ops.add(begun, ops.scale(turn, -1))); // [B, rows · hopLength]
      const positions = ops.add(ops.add(begun, ops.scale(past, -2)), weights.firstTurn);
      return { heard: ops.take(heard, ops.clamp(positions, last)), length };
    },
  };
}
