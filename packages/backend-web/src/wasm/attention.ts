// Attention as steps: keys and values are packed once, for all queries.

import type { Ops, Shape } from '@audiozoo/core';
import { elementCount, formatShape, sameShape } from '@audiozoo/core/plugin';
import * as layout from './layout.js';
import type { Address, Value } from './program.js';
import { roundUp } from './storage.js';
import { broadcast, broadcastShape, denseSteps, repeatsInto, type View } from './view.js';
import { attentionSizes, check } from './view-checks.js';

export interface AttentionSteps {
  step(
    operation: number,
    shape: Shape,
    values: (target: Address) => readonly Value[],
    call?: { readonly scratch: number },
  ): View;
  address(x: View): Address;
}

export function attend(
  { step, address }: AttentionSteps,
  ...[query, key, value, { heads, bias }]: Parameters<Ops<View>['attention']>
): View {
  const { batch, queries, keys, width } = attentionSizes('attention', query, key, heads);
  check(sameShape(value.shape, key.shape), 'attention', 'key and value alike', key, value);
  const scores = [...query.shape.slice(0, -2), heads, queries, keys];
  const shift = bias ? biasValues(address, bias, scores) : [0, 0, 0, 0, 0, 0];
  const headSize = width / heads;
  const rows = roundUp(keys, layout.tileRows);
  const [ofKey, ofValue, ofQuery] = [address(key), address(value), address(query)];
  const packed = step(
    layout.packKeysAndValues,
    [batch * heads, rows * headSize + roundUp(headSize, layout.tileRows) * keys],
    (target) => [ofKey, ofValue, target, batch, keys, width, heads],
  );
  const tile = rows + headSize + roundUp(headSize, layout.tileRows);
  return step(
    layout.attention,
    query.shape,
    (target) => [ofQuery, address(packed), target, batch, queries, keys, width, heads, ...shift],
    { scratch: 4 * (tile * layout.tileColumns + 64) },
  );
}

/** Where a bias lies, after how many clips it repeats, and its steps through clips, heads, queries and keys. */
function biasValues(address: AttentionSteps['address'], bias: View, scores: Shape): readonly Value[] {
  const fits = sameShape(broadcastShape(bias.shape, scores) ?? [], scores);
  check(fits, 'attention', `a bias that broadcasts to ${formatShape(scores)}`, bias);
  const whole = [...Array<number>(scores.length - bias.shape.length).fill(1), ...bias.shape];
  const [clips, own, all] = [whole.slice(0, -3), whole.slice(-3), scores.slice(0, -3)];
  const kept = repeatsInto(clips, all) ? clips : all;
  const steps = denseSteps([1, ...own]).map((step, axis) => (own[axis - 1] === 1 ? 0 : step));
  return [address(broadcast(bias, [...kept, ...own])), elementCount(kept), ...steps];
}
