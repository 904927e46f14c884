// What operations refuse of the views that they are given.

import { AudiozooError } from '@audiozoo/core';
import { elementCount, formatShape, sameShape } from '@audiozoo/core/plugin';
import type { View } from './view.js';

export function attentionSizes(operation: string, query: View, key: View, heads: number) {
  const [queries = 0, width = 0] = query.shape.slice(-2);
  const lead = query.shape.slice(0, -2);
  const keys = key.shape.at(-2) ?? 0;
  check(lead.length > 0, operation, 'a query [B, ..., Nq, D]', query);
  const divides = Number.isInteger(heads) && heads > 0 && width % heads === 0;
  check(divides, operation, `a width that ${heads} heads divide`, query);
  const fits = sameShape(key.shape, [...lead, keys, width]) && keys > 0;
  check(fits, operation, "a key [B, ..., Nk, D] with the query's sizes", query, key);
  return { batch: elementCount(lead), queries, keys, width };
}

export function check(fits: boolean, operation: string, expected: string, ...got: readonly View[]): void {
  if (fits) return;
  throw new AudiozooError({
    code: 'shape',
    what: `${operation} got tensors that do not fit`,
    expected,
    got: got.map(({ shape }) => formatShape(shape)).join(', ') || 'none',
  });
}

export function checkAxis(operation: string, x: View, axis: number): void {
  check(Number.isInteger(axis) && axis >= 0 && axis < x.shape.length, operation, `an axis, not ${axis}`, x);
}
