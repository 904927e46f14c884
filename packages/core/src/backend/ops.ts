// The operations that a model may call. `T` is whatever a backend calls a tensor: the model never looks
// inside. An eager backend computes; the onnx package records. Two operations are coarser than
// arithmetic needs, because speed hangs on them: `linear` and `attention` map to fused kernels.
//
// The first dimension of activations is the batch, which is not known while tracing; nor is the length of inputs of which
// the model says so, and what hangs on it. Such sizes are never numbers here: `reshape` and `sliceLike` say how to do
// without. Axes count from 0, never from the end. All floating point but int64 inputs, which `gather` alone reads; how precise is the backend's
// affair, within the tolerances of the conformance suite. What comes of inputs and parameters of
// `fullPrecision` alone is float32, whatever the backend computes in.

import type { Shape } from '../tensors/shape.js';

export interface Ops<T> {
  /** x [..., in] · weightᵀ + bias → [..., out]; weight [out, in], bias [out]. As `torch.nn.functional.linear`. */
  linear(x: T, weight: T, bias?: T): T;

  /**
   * Scaled dot-product attention over `heads` equal parts of the last dimension: softmax(q · kᵀ / √headDim + bias) · v.
   * query [..., Nq, D], key and value [..., Nk, D] → [..., Nq, D], of three dimensions or more. `bias` broadcasts to
   * [..., heads, Nq, Nk]; what must not be looked at has one far below 0, such as −1e4.
   */
  attention(query: T, key: T, value: T, options: AttentionOptions<T>): T;

  /**
   * What `attention` weighs values with, softmax(q · kᵀ / √headDim), for those who want to see it: query
   * [B, Nq, D], key [B, Nk, D] → [B, heads, Nq, Nk].
   */
  attentionProbabilities(query: T, key: T, options: { readonly heads: number }): T;

  /** a [..., M, K] · b [..., K, N] → [..., M, N]; sizes in front are the same. As `torch.matmul` without broadcasting. */
  matmul(a: T, b: T): T;

  /**
   * x [B, in, H, W] with kernels `weight` [out, in / groups, height, width], + bias [out], zeros around x →
   * [B, out, ⌊(H + 2 · padding − height) / stride⌋ + 1, W likewise]. As `torch.nn.functional.conv2d`. Its weight is a parameter.
   */
  conv2d(x: T, weight: T, bias: T | undefined, options: ConvolutionOptions): T;

  /** Normalizes the last dimension to mean 0 and variance 1 (population), then × scale [D] + shift [D]. */
  layerNorm(x: T, scale: T, shift: T, options: { readonly epsilon: number }): T;

  /** The exact GELU, x · Φ(x) with the error function; not the tanh approximation. */
  gelu(x: T): T;

  /** max(x, 0). */
  relu(x: T): T;

  /** 1 / (1 + e⁻ˣ). */
  sigmoid(x: T): T;

  tanh(x: T): T;

  /** x · min(max(x + 3, 0), 6) / 6. As `torch.nn.functional.hardswish`. */
  hardswish(x: T): T;

  /** a + b, with NumPy's broadcasting. */
  add(a: T, b: T): T;

  /** a · b element by element, with NumPy's broadcasting. */
  multiply(a: T, b: T): T;

  /** a − b · ⌊a / b⌋ of whole numbers, a from 0 and b from 1 to 2²², with NumPy's broadcasting. As `torch.remainder`. */
  remainder(a: T, b: T): T;

  /** x · factor, which is finite. */
  scale(x: T, factor: number): T;

  /** The natural logarithm of numbers above 0. */
  log(x: T): T;

  /**
   * What lies below `least` becomes `least`, what lies above `most` becomes `most`: one finite bound, or two in
   * order. As `torch.clamp`.
   */
  clamp(x: T, bounds: { readonly least?: number; readonly most?: number }): T;

  /** The mean over one axis, which disappears. */
  mean(x: T, axis: number): T;

  /** The largest along one axis, which disappears. As `torch.amax`. */
  max(x: T, axis: number): T;

  /**
   * The same elements in another shape. One size may be −1: what the others leave for it, such as the batch. A size of 0 is
   * that of x on the same axis, so that two may be unknown: [0, 4, −1, D]. As ONNX's Reshape.
   */
  reshape(x: T, shape: Shape): T;

  /** Dimension `permutation[i]` of x becomes dimension i. As `torch.permute`. */
  transpose(x: T, permutation: readonly number[]): T;

  /** Tensors joined along `axis`; all other sizes are equal. */
  concat(tensors: readonly T[], axis: number): T;

  /** Elements `start` (inclusive) to `end` (exclusive) of `axis`. */
  slice(x: T, axis: number, start: number, end: number): T;

  /** The first elements of `axis`, as many as `like` has on its own `axis`: no more than x has. As MXNet's `slice_like`. */
  sliceLike(x: T, axis: number, like: T): T;

  /** Rows `ids` of a table [N, D]: ids [...] of an int64 input, each from 0 to N − 1 → [..., D]. As `torch.nn.functional.embedding`. */
  gather(table: T, ids: T): T;

  /**
   * Of each row of x [B, N] the elements at `positions` [B, M], whole numbers from 0 to N − 1 in floating point →
   * [B, M]. As `torch.gather` along the last axis.
   */
  take(x: T, positions: T): T;

  /** x [1, ...] repeated along the first axis to the batch of `like` [B, ...]. */
  expandBatch(x: T, like: T): T;

  /**
   * Every patch of `size` [height, width] at multiples of `stride`, row by row, each flattened row by
   * row; what does not fill a patch at the far edges is left out. x [B, H, W] → [B, patches,
   * height · width]. As `torch.nn.functional.unfold`, transposed.
   */
  patches(
    x: T,
    options: { readonly size: readonly [number, number]; readonly stride: readonly [number, number] },
  ): T;
}

export interface AttentionOptions<T> {
  readonly heads: number;
  readonly bias?: T | undefined;
}

/** Down and across. */
export interface ConvolutionOptions {
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  /** Into how many parts channels are split, each seen by kernels of its own; usually 1. */
  readonly groups?: number | undefined;
}
