// `Ops` that compute and put themselves on a tape.

import { AudiozooError, type Ops, type TrainingOps } from '@audiozoo/core';
import { convolutionGradient } from './convolution-gradient.js';
import { openShape } from './open-shape.js';
import type { Tape, Value } from './tape.js';

/** A model's operations over `ops`, remembered on `tape`. What has no gradient throws when one is asked for. */
export function tracedOps<T>(ops: TrainingOps<T>, tape: Tape<T>): Ops<Value<T>> {
  const shapeOf = (x: Value<T>) => ops.shapeOf(x.tensor);

  /** dy, summed where x was repeated to the shape of dy. */
  function unbroadcast(dy: T, x: Value<T>): T {
    const [from, to] = [ops.shapeOf(dy), shapeOf(x)];
    const missing = from.length - to.length;
    const axes = [...from.keys()].filter(
      (axis) => axis < missing || (to[axis - missing] === 1 && from[axis] !== 1),
    );
    return axes.length === 0 ? dy : ops.reshape(ops.sum(dy, axes), openShape(to));
  }

  /** An operation on each element by itself. */
  const elementwise = (y: T, x: Value<T>, back: (dy: T) => T) => tape.record(y, [x], (dy) => [back(dy)]);

  return {
    linear(x, weight, bias) {
      const y = ops.linear(x.tensor, weight.tensor, bias?.tensor);
      const [outSize, inSize] = shapeOf(weight) as [number, number];
      const inputs = bias ? [x, weight, bias] : [x, weight];
      return tape.record(y, inputs, (dy, [ofX, ofWeight, ofBias]) => {
        const rows = ops.reshape(dy, [-1, outSize]);
        return [
          ofX ? ops.reshape(ops.matmul(rows, weight.tensor), openShape(shapeOf(x))) : undefined,
          ofWeight ? ops.transposedMatmul(rows, ops.reshape(x.tensor, [-1, inSize])) : undefined,
          ofBias ? ops.sum(rows, [0]) : undefined,
        ];
      });
    },

    attention(query, key, value, { heads, bias }) {
      const options = { heads, ...(bias && { bias: bias.tensor }) };
      const y = ops.attention(query.tensor, key.tensor, value.tensor, options);
      const inputs = bias ? [query, key, value, bias] : [query, key, value];
      return tape.record(y, inputs, (dy, wanted) => {
        const gradient = ops.attentionGradient(query.tensor, key.tensor, value.tensor, y, dy, options);
        const ofBias = bias && wanted[3] ? unbroadcast(gradient.scores, bias) : undefined;
        return [gradient.query, gradient.key, gradient.value, ofBias];
      });
    },

    matmul: (a, b) =>
      tape.record(ops.matmul(a.tensor, b.tensor), [a, b], (dy, [ofA, ofB]) => [
        ofA ? ops.matmul(dy, turned(ops, b.tensor)) : undefined,
        ofB ? ops.transposedMatmul(a.tensor, dy) : undefined,
      ]),

    conv2d(x, weight, bias, options) {
      const y = ops.conv2d(x.tensor, weight.tensor, bias?.tensor, options);
      const inputs = bias ? [x, weight, bias] : [x, weight];
      return tape.record(y, inputs, (dy, [ofX, ofWeight, ofBias]) => {
        const gradient = convolutionGradient(ops, x.tensor, weight.tensor, dy, options);
        return [
          ofX ? gradient.ofX() : undefined,
          ofWeight ? gradient.ofWeight() : undefined,
          ofBias ? ops.sum(dy, [0, 2, 3]) : undefined,
        ];
      });
    },

    layerNorm(x, scale, shift, options) {
      const y = ops.layerNorm(x.tensor, scale.tensor, shift.tensor, options);
      return tape.record(y, [x, scale, shift], (dy) => {
        const gradient = ops.layerNormGradient(x.tensor, scale.tensor, dy, options);
        return [gradient.x, gradient.scale, gradient.shift];
      });
    },

    gelu: (x) => elementwise(ops.gelu(x.tensor), x, (dy) => ops.geluGradient(x.tensor, dy)),
    relu: (x) => elementwise(ops.relu(x.tensor), x, (dy) => ops.reluGradient(x.tensor, dy)),
    hardswish: (x) => elementwise(ops.hardswish(x.tensor), x, (dy) => ops.hardswishGradient(x.tensor, dy)),
    scale: (x, factor) => elementwise(ops.scale(x.tensor, factor), x, (dy) => ops.scale(dy, factor)),

    sigmoid(x) {
      const y = ops.sigmoid(x.tensor);
      // y (1 − y) dy
      return elementwise(y, x, (dy) => {
        const share = ops.multiply(dy, y);
        return ops.add(share, ops.scale(ops.multiply(share, y), -1));
      });
    },

    tanh(x) {
      const y = ops.tanh(x.tensor);
      // (1 − y²) dy
      return elementwise(y, x, (dy) => ops.add(dy, ops.scale(ops.multiply(ops.multiply(dy, y), y), -1)));
    },

    add: (a, b) =>
      tape.record(ops.add(a.tensor, b.tensor), [a, b], (dy, wanted) =>
        [a, b].map((x, index) => (wanted[index] ? unbroadcast(dy, x) : undefined)),
      ),

    multiply: (a, b) =>
      tape.record(ops.multiply(a.tensor, b.tensor), [a, b], (dy, [ofA, ofB]) => [
        ofA ? unbroadcast(ops.multiply(dy, b.tensor), a) : undefined,
        ofB ? unbroadcast(ops.multiply(dy, a.tensor), b) : undefined,
      ]),

    mean(x, axis) {
      const size = shapeOf(x)[axis]!;
      return tape.record(ops.mean(x.tensor, axis), [x], (dy) => {
        const one = ops.reshape(ops.scale(dy, 1 / size), openShape(shapeOf(x).with(axis, 1)));
        return [ops.repeat(one, axis, size)];
      });
    },

    reshape: (x, shape) =>
      tape.record(ops.reshape(x.tensor, shape), [x], (dy) => [ops.reshape(dy, openShape(shapeOf(x)))]),

    transpose(x, permutation) {
      const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
      return tape.record(ops.transpose(x.tensor, permutation), [x], (dy) => [ops.transpose(dy, inverse)]);
    },

    concat(parts, axis) {
      const tensors = parts.map(({ tensor }) => tensor);
      return tape.record(ops.concat(tensors, axis), parts, (dy, wanted) => {
        let end = 0;
        return parts.map((part, index) => {
          const start = end;
          end += shapeOf(part)[axis]!;
          return wanted[index] ? ops.slice(dy, axis, start, end) : undefined;
        });
      });
    },

    slice: (x, axis, start, end) =>
      tape.record(ops.slice(x.tensor, axis, start, end), [x], (dy) => [
        ops.pad(dy, axis, start, shapeOf(x)[axis]! - end),
      ]),

    sliceLike: (x, axis, like) =>
      tape.record(ops.sliceLike(x.tensor, axis, like.tensor), [x], (dy) => [
        ops.pad(dy, axis, 0, shapeOf(x)[axis]! - ops.shapeOf(dy)[axis]!),
      ]),

    expandBatch: (x, like) =>
      tape.record(ops.expandBatch(x.tensor, like.tensor), [x], (dy) => [
        ops.reshape(ops.sum(dy, [0]), shapeOf(x)),
      ]),

    attentionProbabilities: (query, key, options) =>
      tape.record(
        ops.attentionProbabilities(query.tensor, key.tensor, options),
        [query, key],
        without('attentionProbabilities'),
      ),
    log: (x) => tape.record(ops.log(x.tensor), [x], without('log')),
    remainder: (a, b) => tape.record(ops.remainder(a.tensor, b.tensor), [a, b], without('remainder')),
    max: (x, axis) => tape.record(ops.max(x.tensor, axis), [x], without('max')),
    take: (x, positions) =>
      tape.record(ops.take(x.tensor, positions.tensor), [x, positions], without('take')),
    clamp: (x, bounds) => tape.record(ops.clamp(x.tensor, bounds), [x], without('clamp')),
    gather: (table, ids) =>
      tape.record(ops.gather(table.tensor, ids.tensor), [table, ids], without('gather')),
    patches: (x, options) => tape.record(ops.patches(x.tensor, options), [x], without('patches')),
  };
}

function turned<T>(ops: TrainingOps<T>, x: T): T {
  const axes = [...ops.shapeOf(x).keys()];
  return ops.transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

function without(operation: keyof Ops<unknown>): () => never {
  return () => {
    throw new AudiozooError({
      code: 'model',
      what: `${operation} has no gradient, and what trains lies before it`,
      hint: 'Train only parameters that come after it.',
      details: { operation },
    });
  };
}
