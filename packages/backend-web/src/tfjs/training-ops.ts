// The operations of the way back on TensorFlow.js, eagerly. What they need on the way they free.

import type { TrainingOps } from '@audiozoo/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tfjs } from './tfjs-namespace.js';
import { type TfjsOpsOptions, tfjsOps } from './tfjs-ops.js';

export function trainingOps(tf: Tfjs, options: TfjsOpsOptions): TrainingOps<Tensor> {
  const ops = tfjsOps(tf, options);

  /** Several results of what is computed with others that are freed. */
  function tidy<Results extends Record<string, Tensor>>(compute: () => Results): Results {
    return tf.tidy(compute as () => Record<string, Tensor>) as Results;
  }

  function turned(x: Tensor): Tensor {
    const axes = [...x.shape.keys()];
    return tf.transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
  }

  const othersThanChannels = (x: Tensor) => [...x.shape.keys()].filter((axis) => axis !== 1);

  /** A vector [C] as it meets x [B, C, ...]. */
  const alongChannels = (vector: Tensor, x: Tensor) =>
    tf.reshape(vector, [vector.size, ...x.shape.slice(2).map(() => 1)]);

  const transposedMatmul = (a: Tensor, b: Tensor) => tf.tidy(() => ops.matmul(turned(a), b));

  /** 1 where x lies above a bound, else 0. */
  const above = (x: Tensor, bound: number) => tf.cast(tf.greater(x, bound), 'float32');

  return {
    ...ops,
    shapeOf: ({ shape }) => shape,
    sum: (x, axes) => tf.sum(x, [...axes]),
    pad: (x, axis, before, after) =>
      tf.pad(
        x,
        x.shape.map((_, each): [number, number] => (each === axis ? [before, after] : [0, 0])),
      ),
    repeat: (x, axis, count) =>
      tf.tile(
        x,
        x.shape.map((_, each) => (each === axis ? count : 1)),
      ),
    transposedMatmul,
    softmax: (x) => tf.softmax(x),

    geluGradient: (x, dy) =>
      tf.tidy(() => {
        const s = tf.mul(x, Math.SQRT1_2);
        const bell = tf.mul(tf.mul(s, tf.exp(tf.neg(tf.square(s)))), 2 / Math.sqrt(Math.PI));
        return tf.mul(tf.mul(dy, 0.5), tf.add(tf.add(tf.erf(s), bell), 1));
      }),

    reluGradient: (x, dy) => tf.tidy(() => tf.mul(dy, above(x, 0))),

    hardswishGradient: (x, dy) =>
      tf.tidy(() => {
        const between = tf.mul(above(x, -3), tf.add(tf.mul(x, 1 / 3), 0.5));
        const beyond = tf.sub(1, above(tf.neg(x), -3)); // from 3 on
        return tf.mul(dy, tf.add(tf.mul(between, tf.sub(1, beyond)), beyond));
      }),

    layerNormGradient: (x, scale, dy, { epsilon }) =>
      tidy(() => {
        const centered = tf.sub(x, tf.mean(x, -1, true));
        const spread = tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), epsilon));
        const normal = tf.mul(centered, spread);
        const scaled = tf.mul(dy, scale);
        const along = tf.mean(tf.mul(scaled, normal), -1, true);
        const inner = tf.sub(tf.sub(scaled, tf.mean(scaled, -1, true)), tf.mul(normal, along));
        const axes = [...x.shape.keys()].slice(0, -1);
        return { x: tf.mul(inner, spread), scale: tf.sum(tf.mul(dy, normal), axes), shift: tf.sum(dy, axes) };
      }),

    batchNorm: (x, scale, shift, { epsilon }) =>
      tidy(() => {
        const others = othersThanChannels(x);
        const mean = tf.mean(x, others);
        const centered = tf.sub(x, alongChannels(mean, x));
        const squares = tf.sum(tf.square(centered), others);
        const count = x.size / x.shape[1]!;
        const variance = tf.div(squares, count);
        const factor = tf.mul(scale, tf.rsqrt(tf.add(variance, epsilon)));
        const y = tf.add(tf.mul(centered, alongChannels(factor, x)), alongChannels(shift, x));
        return { y, mean, variance, sampleVariance: tf.div(squares, count - 1) };
      }),

    batchNormGradient: (x, { mean, variance }, scale, dy, { epsilon }) =>
      tidy(() => {
        const others = othersThanChannels(x);
        const along = (each: Tensor) => alongChannels(each, x);
        const inverse = tf.rsqrt(tf.add(variance, epsilon));
        const normal = tf.mul(tf.sub(x, along(mean)), along(inverse));
        const products = tf.mul(dy, normal);
        const centered = tf.sub(dy, along(tf.mean(dy, others)));
        const inner = tf.sub(centered, tf.mul(normal, along(tf.mean(products, others))));
        return {
          x: tf.mul(inner, along(tf.mul(scale, inverse))),
          scale: tf.sum(products, others),
          shift: tf.sum(dy, others),
        };
      }),

    attentionGradient: (query, key, value, output, dy, { heads, bias }) =>
      tidy(() => {
        const leading = query.shape.slice(0, -2);
        const size = query.shape.at(-1)! / heads;
        const factor = size ** -0.5;
        const split = (x: Tensor) =>
          tf.transpose(tf.reshape(x, [-1, x.shape.at(-2)!, heads, size]), [0, 2, 1, 3]);
        const join = (x: Tensor, like: Tensor) => tf.reshape(tf.transpose(x, [0, 2, 1, 3]), like.shape);
        const [q, k, v, o, d] = [query, key, value, output, dy].map(split) as [
          Tensor,
          Tensor,
          Tensor,
          Tensor,
          Tensor,
        ];
        const raw = ops.matmul(tf.mul(q, factor), turned(k)); // [B, heads, Nq, Nk]
        const apart = [...leading, heads, query.shape.at(-2)!, key.shape.at(-2)!];
        const scores = bias ? tf.reshape(tf.add(tf.reshape(raw, apart), bias), raw.shape) : raw;
        const shares = tf.softmax(scores);
        const average = tf.sum(tf.mul(d, o), -1, true);
        const ofScores = tf.mul(shares, tf.sub(ops.matmul(d, turned(v)), average));
        const scaled = tf.mul(ofScores, factor);
        return {
          query: join(ops.matmul(scaled, k), query),
          key: join(transposedMatmul(scaled, q), key),
          value: join(transposedMatmul(shares, d), value),
          scores: tf.reshape(ofScores, apart),
        };
      }),
  };
}
