// The oracle of the way back: what `TrainingOps` adds, in plain loops and float64. Gradients are written from their
// definitions, one element at a time, not as a backend would compute them.

import { elementCount, type Shape, sameShape } from '../tensors/shape.js';
import type { TrainingOps } from '../training/training-ops.js';
import { erf } from './erf.js';
import { type ReferenceTensor, referenceOps } from './reference-ops.js';

export const referenceTrainingOps: TrainingOps<ReferenceTensor> = {
  ...referenceOps,

  shapeOf: ({ shape }) => shape,

  sum(x, axes) {
    const kept = x.shape.filter((_, axis) => !axes.includes(axis));
    check(
      axes.length > 0 &&
        sameShape(
          axes.toSorted((a, b) => a - b),
          axes,
        ),
      'sum',
      'axes in ascending order',
    );
    check(
      axes.every((axis) => axis >= 0 && axis < x.shape.length),
      'sum',
      'axes that x has',
    );
    const result = zeros(kept);
    x.data.forEach((item, index) => {
      const place = positionOf(index, x.shape).filter((_, axis) => !axes.includes(axis));
      result.data[indexOf(place, kept)]! += item;
    });
    return result;
  },

  pad(x, axis, before, after) {
    check(axis >= 0 && axis < x.shape.length && before >= 0 && after >= 0, 'pad', 'an axis and sizes from 0');
    const result = zeros(x.shape.with(axis, before + x.shape[axis]! + after));
    x.data.forEach((item, index) => {
      const place = positionOf(index, x.shape);
      result.data[indexOf(place.with(axis, place[axis]! + before), result.shape)] = item;
    });
    return result;
  },

  repeat(x, axis, count) {
    check(x.shape[axis] === 1 && Number.isInteger(count) && count > 0, 'repeat', 'an axis of size 1');
    return referenceOps.concat(Array<ReferenceTensor>(count).fill(x), axis);
  },

  transposedMatmul(a, b) {
    const axes = [...a.shape.keys()];
    const turned = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
    return referenceOps.matmul(referenceOps.transpose(a, turned), b);
  },

  softmax(x) {
    const width = x.shape.at(-1) ?? 0;
    check(width > 0, 'softmax', 'x [..., width]');
    const data = new Float64Array(x.data.length);
    for (let start = 0; start < data.length; start += width) {
      const row = x.data.subarray(start, start + width);
      const largest = Math.max(...row);
      const powers = row.map((item) => Math.exp(item - largest));
      const sum = powers.reduce((total, power) => total + power, 0);
      data.set(
        powers.map((power) => power / sum),
        start,
      );
    }
    return { shape: x.shape, data };
  },

  geluGradient: (x, dy) =>
    times(x, dy, (at) => {
      const density = Math.exp((-at * at) / 2) / Math.sqrt(2 * Math.PI);
      return (1 + erf(at / Math.SQRT2)) / 2 + at * density;
    }),

  reluGradient: (x, dy) => times(x, dy, (at) => (at > 0 ? 1 : 0)),

  hardswishGradient: (x, dy) => times(x, dy, (at) => (at <= -3 ? 0 : at >= 3 ? 1 : (2 * at + 3) / 6)),

  layerNormGradient(x, scale, dy, { epsilon }) {
    const width = x.shape.at(-1) ?? 0;
    check(
      sameShape(x.shape, dy.shape) && sameShape(scale.shape, [width]),
      'layerNormGradient',
      'x, dy and a scale',
    );
    const [ofX, ofScale, ofShift] = [zeros(x.shape), zeros([width]), zeros([width])];
    for (let start = 0; start < x.data.length; start += width) {
      const row = x.data.subarray(start, start + width);
      const mean = row.reduce((sum, item) => sum + item, 0) / width;
      const variance = row.reduce((sum, item) => sum + (item - mean) ** 2, 0) / width;
      const spread = Math.sqrt(variance + epsilon);
      const normal = row.map((item) => (item - mean) / spread);
      const scaled = normal.map((_, i) => dy.data[start + i]! * scale.data[i]!);
      const along = scaled.reduce((sum, item, i) => sum + item * normal[i]!, 0) / width;
      const average = scaled.reduce((sum, item) => sum + item, 0) / width;
      for (let i = 0; i < width; i++) {
        ofX.data[start + i] = (scaled[i]! - average - normal[i]! * along) / spread;
        ofScale.data[i]! += dy.data[start + i]! * normal[i]!;
        ofShift.data[i]! += dy.data[start + i]!;
      }
    }
    return { x: ofX, scale: ofScale, shift: ofShift };
  },

  batchNorm(x, scale, shift, { epsilon }) {
    const channels = channelsOf(x);
    check(
      [scale, shift].every(({ shape }) => sameShape(shape, [channels])),
      'batchNorm',
      'x [B, C, ...], a scale [C] and a shift [C]',
    );
    const [mean, variance, sampleVariance] = [zeros([channels]), zeros([channels]), zeros([channels])];
    const y = zeros(x.shape);
    for (let channel = 0; channel < channels; channel++) {
      const places = placesOf(x, channel);
      const average = places.reduce((sum, at) => sum + x.data[at]!, 0) / places.length;
      const squares = places.reduce((sum, at) => sum + (x.data[at]! - average) ** 2, 0);
      mean.data[channel] = average;
      variance.data[channel] = squares / places.length;
      sampleVariance.data[channel] = squares / (places.length - 1);
      const spread = Math.sqrt(squares / places.length + epsilon);
      for (const at of places) {
        y.data[at] = ((x.data[at]! - average) / spread) * scale.data[channel]! + shift.data[channel]!;
      }
    }
    return { y, mean, variance, sampleVariance };
  },

  batchNormGradient(x, { mean, variance }, scale, dy, { epsilon }) {
    const channels = channelsOf(x);
    check(
      sameShape(dy.shape, x.shape) &&
        [mean, variance, scale].every(({ shape }) => sameShape(shape, [channels])),
      'batchNormGradient',
      'x, dy and three [C]',
    );
    const [ofX, ofScale, ofShift] = [zeros(x.shape), zeros([channels]), zeros([channels])];
    for (let channel = 0; channel < channels; channel++) {
      const places = placesOf(x, channel);
      const spread = Math.sqrt(variance.data[channel]! + epsilon);
      const normal = places.map((at) => (x.data[at]! - mean.data[channel]!) / spread);
      const scaled = places.map((at) => dy.data[at]! * scale.data[channel]!);
      const along = scaled.reduce((sum, item, i) => sum + item * normal[i]!, 0) / places.length;
      const average = scaled.reduce((sum, item) => sum + item, 0) / places.length;
      places.forEach((at, i) => {
        ofX.data[at] = (scaled[i]! - average - normal[i]! * along) / spread;
        ofScale.data[channel]! += dy.data[at]! * normal[i]!;
        ofShift.data[channel]! += dy.data[at]!;
      });
    }
    return { x: ofX, scale: ofScale, shift: ofShift };
  },

  attentionGradient(query, key, value, output, dy, { heads, bias }) {
    check(
      sameShape(output.shape, query.shape) && sameShape(dy.shape, query.shape),
      'attentionGradient',
      'an output and dy as large as the query',
    );
    const [queries = 0, width = 0] = query.shape.slice(-2);
    const keys = key.shape.at(-2) ?? 0;
    const size = width / heads;
    const leading = query.shape.slice(0, -2);
    const scores = zeros([...leading, heads, queries, keys]);
    const biases = bias ? referenceOps.add(scores, bias).data : zeros(scores.shape).data;
    const [ofQuery, ofKey, ofValue] = [zeros(query.shape), zeros(key.shape), zeros(value.shape)];
    for (let row = 0; row < elementCount(leading) * heads * queries; row++) {
      const [b, head, q] = positionOf(row, [elementCount(leading), heads, queries]) as [
        number,
        number,
        number,
      ];
      const from = (b * queries + q) * width + head * size;
      const keyStart = (k: number) => (b * keys + k) * width + head * size;
      const dot = (a: ReferenceTensor, at: number, c: ReferenceTensor, its: number) =>
        Array.from({ length: size }, (_, i) => a.data[at + i]! * c.data[its + i]!).reduce(
          (sum, x) => sum + x,
          0,
        );
      const raw = Array.from(
        { length: keys },
        (_, k) => dot(query, from, key, keyStart(k)) / Math.sqrt(size) + biases[row * keys + k]!,
      );
      const largest = Math.max(...raw);
      const total = raw.reduce((sum, score) => sum + Math.exp(score - largest), 0);
      const shares = raw.map((score) => Math.exp(score - largest) / total);
      const ofShares = shares.map((_, k) => dot(dy, from, value, keyStart(k)));
      const average = shares.reduce((sum, share, k) => sum + share * ofShares[k]!, 0);
      shares.forEach((share, k) => {
        const ofScore = share * (ofShares[k]! - average);
        scores.data[row * keys + k] = ofScore;
        for (let i = 0; i < size; i++) {
          ofValue.data[keyStart(k) + i]! += share * dy.data[from + i]!;
          ofQuery.data[from + i]! += (ofScore * key.data[keyStart(k) + i]!) / Math.sqrt(size);
          ofKey.data[keyStart(k) + i]! += (ofScore * query.data[from + i]!) / Math.sqrt(size);
        }
      });
    }
    return { query: ofQuery, key: ofKey, value: ofValue, scores };
  },
};

/** dy times what `slope` is at each element of x. */
function times(x: ReferenceTensor, dy: ReferenceTensor, slope: (at: number) => number): ReferenceTensor {
  check(sameShape(x.shape, dy.shape), 'a gradient', 'dy as large as x');
  return { shape: x.shape, data: x.data.map((at, index) => slope(at) * dy.data[index]!) };
}

function zeros(shape: Shape): ReferenceTensor {
  return { shape, data: new Float64Array(elementCount(shape)) };
}

/** Where in `shape` its element `index` lies, axis by axis. */
function positionOf(index: number, shape: Shape): number[] {
  let rest = index;
  const place = shape.toReversed().map((size) => {
    const at = rest % size;
    rest = Math.floor(rest / size);
    return at;
  });
  return place.toReversed();
}

function indexOf(place: readonly number[], shape: Shape): number {
  return place.reduce((index, at, axis) => index * shape[axis]! + at, 0);
}

/** C of x [B, C, ...]. */
function channelsOf(x: ReferenceTensor): number {
  const channels = x.shape[1];
  check(channels !== undefined, 'batchNorm', 'x [B, C, ...]');
  return channels!;
}

/** Where the elements of a channel are. */
function placesOf(x: ReferenceTensor, channel: number): number[] {
  return [...x.data.keys()].filter((index) => positionOf(index, x.shape)[1] === channel);
}

/** A mistake of whoever wrote the way back, not of a user. */
function check(fits: boolean, operation: string, expected: string): void {
  if (!fits) throw new Error(`${operation} wants ${expected}.`);
}
