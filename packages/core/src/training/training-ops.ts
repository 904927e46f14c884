// What the way back of a training step needs beyond `Ops`, in an interface of its own: a backend that only runs models has
// none of it. Tensors here may lack the batch, as gradients of weights do.

import type { AttentionOptions, Ops } from '../backend/ops.js';
import type { Shape } from '../tensors/shape.js';

export interface TrainingOps<T> extends Ops<T> {
  /** The sizes of x. Where the batch is not known yet, what hangs on it is negative: −k is k times the batch. */
  shapeOf(x: T): Shape;

  /** The sum over some axes, in ascending order, which disappear; the batch may be one of them. */
  sum(x: T, axes: readonly number[]): T;

  /** x between zeros, so many in front and behind along `axis`. */
  pad(x: T, axis: number, before: number, after: number): T;

  /** x, whose `axis` is of size 1, `count` times along it. */
  repeat(x: T, axis: number, count: number): T;

  /** aᵀ · b: a [..., R, M] and b [..., R, N] → [..., M, N]; sizes in front are the same, and R may hang on the batch. */
  transposedMatmul(a: T, b: T): T;

  /** Powers that add to 1 in each row of the last axis. As `torch.softmax(x, -1)`. */
  softmax(x: T): T;

  /** The gradient of `gelu` at x, times dy. */
  geluGradient(x: T, dy: T): T;

  /** The gradient of `relu` at x, times dy: 0 where x is 0 or less. */
  reluGradient(x: T, dy: T): T;

  /** The gradient of `hardswish` at x, times dy: 0 up to x = −3, dy from 3 on. */
  hardswishGradient(x: T, dy: T): T;

  /** Gradients of `layerNorm`, given dy of what it made of x [..., D]; those of scale and shift are [D]. */
  layerNormGradient(x: T, scale: T, dy: T, options: { readonly epsilon: number }): NormGradient<T>;

  /**
   * Normalizes each channel of x [B, C, ...] to mean 0 and variance 1 over all that is heard at once, then × scale [C] + shift
   * [C], with what it took for that. As `torch.nn.BatchNorm2d` in training.
   */
  batchNorm(x: T, scale: T, shift: T, options: { readonly epsilon: number }): BatchNormalized<T>;

  /** Gradients of `batchNorm` at x, given what it took and dy of what it made. */
  batchNormGradient(
    x: T,
    taken: Pick<BatchNormalized<T>, 'mean' | 'variance'>,
    scale: T,
    dy: T,
    options: { readonly epsilon: number },
  ): NormGradient<T>;

  /** Gradients of `attention`, given what it made of query, key and value, and dy of that. */
  attentionGradient(
    query: T,
    key: T,
    value: T,
    output: T,
    dy: T,
    options: AttentionOptions<T>,
  ): AttentionGradient<T>;
}

/** What `batchNorm` makes, and each channel's mean and variances [C]: the population's, and with n − 1 the sample's. */
export interface BatchNormalized<T> {
  readonly y: T;
  readonly mean: T;
  readonly variance: T;
  readonly sampleVariance: T;
}

/** Of a normalization: as large as its x, its scale and its shift. */
export interface NormGradient<T> {
  readonly x: T;
  readonly scale: T;
  readonly shift: T;
}

export interface AttentionGradient<T> {
  readonly query: T;
  readonly key: T;
  readonly value: T;
  /** Of what is added to the scores, before it is summed to the shape of a bias: [..., heads, Nq, Nk]. */
  readonly scores: T;
}
