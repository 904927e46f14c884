// What operations refuse of the edges that they are given.

import { AudiozooError } from '@audiozoo/core';
import { formatDimensions, isKnown, sameSizes, sizeAt } from './dimension.js';
import type { Edge } from './graph.js';

export function checkAttention(operation: string, query: Edge, key: Edge, heads: number): void {
  const width = query.shape.at(-1);
  check(query.shape.length >= 3, operation, 'a query [..., Nq, D]', query);
  check(
    Number.isInteger(heads) && heads > 0 && isKnown(width) && width % heads === 0,
    operation,
    `a width that ${heads} heads divide`,
    query,
  );
  const keys = key.shape.at(-2) ?? 0;
  const fits = sameSizes(key.shape, query.shape.with(-2, keys)) && sizeAt(keys, 'least') > 0;
  check(fits, operation, "a key [..., Nk, D] with the query's other sizes", key, query);
}

export function check(fits: boolean, operation: string, expected: string, ...got: readonly Edge[]): void {
  if (fits) return;
  throw new AudiozooError({
    code: 'shape',
    what: `${operation} got tensors that do not fit`,
    expected,
    got: got.map(({ name, shape }) => `${name} ${formatDimensions(shape)}`).join(', ') || 'none',
  });
}

export function checkAxis(operation: string, x: Edge, axis: number): void {
  check(Number.isInteger(axis) && axis >= 0 && axis < x.shape.length, operation, `an axis, not ${axis}`, x);
}
