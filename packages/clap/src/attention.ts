// Attention with something added to the scores, and two activations, by the operations that there are.

import type { Ops } from '@audiozoo/core';
import { constant } from './layers.js';

/** Weights for `attend` over so many keys. */
export function identity(name: string, size: number) {
  return constant(name, [1, size, size], (index) => (index % (size + 1) === 0 ? 1 : 0));
}

/**
 * softmax(q · kᵀ / √headDim + bias) · v, head by head. Queries get their row of the bias as further components, and keys
 * those of the identity, so that their products are the sum. query, key and value [B, N, D]; `biases` one [B, N, N] for each head.
 */
export function attend<T>(
  ops: Ops<T>,
  [query, key, value]: readonly [T, T, T],
  biases: readonly T[],
  { identity, width, size }: { readonly identity: T; readonly width: number; readonly size: number },
): T {
  const dim = width / biases.length;
  const scale = Math.sqrt(dim + size); // what the operation divides by
  const unit = ops.expandBatch(identity, query); // [B, N, N]
  const attended = biases.map((bias, head) => {
    const part = (x: T) => ops.slice(x, 2, head * dim, (head + 1) * dim); // [B, N, headDim]
    const longer = ops.concat([ops.scale(part(query), scale / Math.sqrt(dim)), ops.scale(bias, scale)], 2);
    const keys = ops.concat([part(key), unit], 2);
    const weights = ops.attentionProbabilities(longer, keys, { heads: 1 }); // [B, 1, N, N]
    return ops.matmul(ops.reshape(weights, [-1, size, size]), part(value));
  });
  return attended.length === 1 ? attended[0]! : ops.concat(attended, 2);
}

/** For `sigmoid` and `tanh`: a softmax over x and −x is sigmoid(2x) and its rest. */
export function pairParameters(name: string) {
  return {
    ends: constant(`${name}.ends`, [1, 2, 1], (index) => (index === 0 ? 1 : -1)),
    first: constant(`${name}.first`, [1, 2], (index) => (index === 0 ? 1 : 0)),
    difference: constant(`${name}.difference`, [1, 2], (index) => (index === 0 ? 1 : -1)),
  };
}

export interface Pair<T> {
  readonly ends: T;
  readonly first: T;
  readonly difference: T;
}

/** x [B, N] → [B, N] */
export function sigmoid<T>(ops: Ops<T>, pair: Pair<T>, x: T, size: number): T {
  return overPair(ops, pair, pair.first, ops.scale(x, 0.5), size);
}

/** x [B, N] → [B, N] */
export function tanh<T>(ops: Ops<T>, pair: Pair<T>, x: T, size: number): T {
  return overPair(ops, pair, pair.difference, x, size);
}

function overPair<T>(ops: Ops<T>, { ends }: Pair<T>, reading: T, x: T, size: number): T {
  const rows = ops.reshape(x, [-1, size, 1]);
  const weights = ops.attentionProbabilities(rows, ops.expandBatch(ends, x), { heads: 1 }); // [B, 1, N, 2]
  return ops.reshape(ops.linear(weights, reading), [-1, size]);
}
