// Numbers that operations take besides tensors, and which of them make sense. Backends ask here, so that all refuse
// alike: a bound of NaN would otherwise be ignored by one and spread by another.

import type { Ops } from '../backend/ops.js';
import { AudiozooError } from '../errors.js';

/** Throws an `argument` error unless `clamp` is told one finite bound, or two in order. */
export function checkBounds({ least, most }: Parameters<Ops<unknown>['clamp']>[1]): void {
  const given = [least, most].filter((bound) => bound !== undefined);
  if (given.length > 0 && given.every(Number.isFinite) && given[0]! <= given.at(-1)!) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'clamp got bounds that make no sense',
    expected: 'one finite number, or two in order',
    got: given.join(' and ') || 'none',
    hint: 'Leave out the bound that is not needed, and the clamp where neither is.',
  });
}

/** Throws an `argument` error unless `scale` is told a finite factor. */
export function checkFactor(factor: number): void {
  if (Number.isFinite(factor)) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'scale got a factor that makes no sense',
    expected: 'a finite number',
    got: String(factor),
    hint: 'See that what it is computed from, such as the config, holds no missing number and no divisor of 0.',
  });
}
