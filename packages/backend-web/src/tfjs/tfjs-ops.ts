// The operations on TensorFlow.js, eagerly. Each gives a tensor of its own and frees what it needed on the
// way. All have gradients with respect to weights on every device, except `conv2d` and `gather` on WebAssembly, so a model
// trains through them as well.

import type { Ops } from '@audiozoo/core';
import { checkBounds, checkFactor, convolvedShape } from '@audiozoo/core/plugin';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Tfjs } from './tfjs-namespace.js';

export interface TfjsOpsOptions {
  /**
   * Multiply one matrix at a time, neither transposed. That is how WebAssembly's multiplication by XNNPACK is
   * reached, ten times as fast as its general one, which also adds biases wrongly. GPUs want the opposite:
   * few large calls.
   */
  readonly singleMatrices: boolean;
}

export function tfjsOps(tf: Tfjs, { singleMatrices }: TfjsOpsOptions): Ops<Tensor> {
  /** What `compute` makes of the matrices in the last two dimensions of tensors. */
  function onMatrices(tensors: readonly Tensor[], compute: (...matrices: Tensor[]) => Tensor): Tensor {
    if (!singleMatrices) return compute(...tensors);
    const lists = tensors.map((x) => tf.unstack(tf.reshape(x, [-1, ...x.shape.slice(-2)])));
    const results = lists[0]!.map((_, index) => tf.tidy(() => compute(...lists.map((list) => list[index]!))));
    return tf.reshape(tf.stack(results), [...tensors[0]!.shape.slice(0, -2), ...results[0]!.shape]);
  }

  /** [B, N, D], B being all leading dimensions → [B, heads, N, D / heads] by the permutation [0, 2, 1, 3]. */
  function splitHeads(x: Tensor, heads: number, permutation: number[]): Tensor {
    const [tokens, width] = x.shape.slice(-2) as [number, number];
    return tf.transpose(tf.reshape(x, [-1, tokens, heads, width / heads]), permutation);
  }

  /** The two matrices whose product are the scores: [B, heads, Nq, D / heads] and [B, heads, D / heads, Nk]. */
  function scoreFactors(query: Tensor, key: Tensor, heads: number): [Tensor, Tensor] {
    // Scaling the query is cheaper than scaling the scores: D numbers a token, not heads · Nk.
    const scaled = tf.mul(query, (query.shape.at(-1)! / heads) ** -0.5);
    return [splitHeads(scaled, heads, [0, 2, 1, 3]), splitHeads(key, heads, [0, 2, 3, 1])];
  }

  /** Rows `indices` of axis 1. */
  function repeatRows(x: Tensor, indices: readonly number[]): Tensor {
    return tf.gather(x, tf.tensor1d([...indices], 'int32'), 1);
  }

  return {
    linear: (x, weight, bias) =>
      tf.tidy(() => {
        const [outSize, inSize] = weight.shape as [number, number];
        const rows = tf.reshape(x, [-1, inSize]);
        // Fused, WebAssembly would also keep a record by bias of each weight that it multiplied: a leak.
        const product = singleMatrices
          ? addBias(tf.matMul(rows, tf.transpose(weight)), bias)
          : tf.fused.matMul({ a: rows, b: weight, transposeB: true, ...(bias && { bias }) });
        return tf.reshape(product, x.shape.with(-1, outSize)); // [..., out]
      }),

    attention: (query, key, value, { heads, bias }) =>
      tf.tidy(() => {
        const factors = [...scoreFactors(query, key, heads), splitHeads(value, heads, [0, 2, 1, 3])];
        if (bias) factors.push(biasOfEach(bias, [...query.shape.slice(0, -2), heads], factors));
        const mixed = onMatrices(factors, (q, k, v, shift) => {
          const scores = tf.matMul(q!, k!);
          return tf.matMul(tf.softmax(shift ? tf.add(scores, shift) : scores), v!);
        });
        return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), query.shape); // [B, Nq, D]
      }),

    attentionProbabilities: (query, key, { heads }) =>
      tf.tidy(() => {
        const factors = scoreFactors(query, key, heads);
        return onMatrices(factors, (q, k) => tf.softmax(tf.matMul(q!, k!))); // [B, heads, Nq, Nk]
      }),

    matmul: (a, b) => tf.tidy(() => onMatrices([a, b], (x, y) => tf.matMul(x!, y!))),

    layerNorm: (x, scale, shift, { epsilon }) =>
      tf.tidy(() => {
        const centered = tf.sub(x, tf.mean(x, -1, true));
        const variance = tf.mean(tf.square(centered), -1, true);
        const normal = tf.mul(centered, tf.rsqrt(tf.add(variance, epsilon)));
        return tf.add(tf.mul(normal, scale), shift);
      }),

    conv2d: (x, weight, bias, options) =>
      tf.tidy(() => {
        const [, outChannels] = convolvedShape(x.shape, weight.shape, bias?.shape, options);
        const { stride, padding, groups = 1 } = options;
        const around = padding.map((size): [number, number] => [size, size]);
        const channelsLast = tf.transpose(x, [0, 2, 3, 1]) as Tensor4D;
        const image = tf.pad(channelsLast, [[0, 0], ...around, [0, 0]]);
        const kernels = tf.transpose(weight, [2, 3, 1, 0]) as Tensor4D; // [height, width, in / groups, out]
        const steps = [...stride] as [number, number];
        const convolved =
          groups > 1 && kernels.shape[2] === 1
            ? tf.depthwiseConv2d(image, channelMultiples(kernels, groups), steps, 'valid')
            : tf.concat(
                tf
                  .split(image, groups, 3)
                  .map((part, group) =>
                    tf.conv2d(
                      part as Tensor4D,
                      kernelsOf(group, kernels, outChannels! / groups),
                      steps,
                      'valid',
                    ),
                  ),
                3,
              );
        return tf.transpose(addBias(convolved, bias), [0, 3, 1, 2]);
      }),

    gelu: (x) => tf.tidy(() => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))),

    relu: (x) => tf.relu(x),
    sigmoid: (x) => tf.sigmoid(x),
    tanh: (x) => tf.tanh(x),
    hardswish: (x) => tf.tidy(() => tf.mul(x, tf.div(tf.clipByValue(tf.add(x, 3), 0, 6), 6))),

    add: (a, b) => tf.add(a, b),

    multiply: (a, b) => tf.mul(a, b),

    // Half of one more: GPUs divide to a quotient that may lie just below a whole one.
    remainder: (a, b) => tf.tidy(() => tf.sub(a, tf.mul(b, tf.floor(tf.div(tf.add(a, 0.5), b))))),

    scale(x, factor) {
      checkFactor(factor);
      return tf.mul(x, factor);
    },

    log: (x) => tf.log(x),

    clamp(x, bounds) {
      checkBounds(bounds);
      const { least, most } = bounds;
      return tf.tidy(() => {
        const raised = least === undefined ? x : tf.maximum(x, least);
        return most === undefined ? raised : tf.minimum(raised, most);
      });
    },

    mean: (x, axis) => tf.mean(x, axis),
    max: (x, axis) => tf.max(x, axis),

    reshape: (x, shape) =>
      tf.reshape(
        x,
        shape.map((size, axis) => size || x.shape[axis]!),
      ),

    transpose: (x, permutation) => tf.transpose(x, [...permutation]),

    concat: (tensors, axis) => tf.concat([...tensors], axis),

    slice: (x, axis, start, end) =>
      tf.slice(
        x,
        x.shape.map((_, index) => (index === axis ? start : 0)),
        x.shape.with(axis, end - start),
      ),

    sliceLike: (x, axis, like) =>
      tf.slice(x, Array<number>(x.shape.length).fill(0), x.shape.with(axis, like.shape[axis]!)),

    gather: (table, ids) => tf.gather(table, ids as Tensor1D),

    // From all rows as one: gathering by rows is wrong in plain JavaScript.
    take: (x, positions) =>
      tf.tidy(() => {
        const [batch, width] = x.shape as [number, number];
        const starts = tf.tensor1d(
          Array.from({ length: batch }, (_, row) => row * width),
          'int32',
        );
        const places = tf.add(tf.cast(positions, 'int32'), tf.reshape(starts, [batch, 1]));
        return tf.gather(tf.reshape(x, [-1]), places as Tensor1D);
      }),

    expandBatch: (x, like) => tf.tile(x, [like.shape[0]!, ...x.shape.slice(1).fill(1)]),

    patches: (x, { size: [height, width], stride: [rowStride, columnStride] }) =>
      tf.tidy(() => {
        const [batch, rows, columns] = x.shape as [number, number, number];
        const down = Math.floor((rows - height) / rowStride) + 1;
        const across = Math.floor((columns - width) / columnStride) + 1;
        // Overlapping patches repeat rows, then columns: two gathers of whole rows with a transpose between.
        const repeatedRows = repeatRows(x, repeat(down, rowStride, height)); // [B, down · height, W]
        const turned = tf.transpose(repeatedRows, [0, 2, 1]); // [B, W, down · height]
        const repeated = repeatRows(turned, repeat(across, columnStride, width)); // [B, across · width, down · height]
        const split = tf.reshape(repeated, [batch, across, width, down, height]);
        const ordered = tf.transpose(split, [0, 3, 1, 4, 2]); // [B, down, across, height, width]
        return tf.reshape(ordered, [batch, down * across, height * width]);
      }),
  };

  /** A bias as large as the scores, matrix by matrix: [B, heads, Nq, Nk]. Tiles of five dimensions are not for WebGPU; sums are. */
  function biasOfEach(bias: Tensor, leading: readonly number[], [query, key]: readonly Tensor[]): Tensor {
    const scores = [query!.shape.at(-2)!, key!.shape.at(-1)!];
    return tf.reshape(tf.add(bias, tf.zeros([...leading, ...scores])), [-1, leading.at(-1)!, ...scores]);
  }

  /** [height, width, 1, out] → [height, width, groups, out / groups]: what each channel becomes. */
  function channelMultiples(kernels: Tensor4D, groups: number): Tensor4D {
    const [height, width, , out] = kernels.shape;
    return tf.reshape(kernels, [height, width, groups, out / groups]);
  }

  function kernelsOf(group: number, kernels: Tensor4D, count: number): Tensor4D {
    return tf.slice(kernels, [0, 0, 0, group * count], [-1, -1, -1, count]);
  }

  function addBias(x: Tensor, bias: Tensor | undefined): Tensor {
    return bias ? tf.add(x, bias) : x;
  }
}

/** Positions of `count` runs of `length`, whose starts lie `stride` apart. */
function repeat(count: number, stride: number, length: number): number[] {
  return Array.from({ length: count * length }, (_, index) => {
    const run = Math.floor(index / length);
    return run * stride + (index - run * length);
  });
}
