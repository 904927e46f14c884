import { AudiozooError } from '../errors.js';
import { describeValue } from './describe-value.js';

/**
 * Throws an `argument` error unless `value` can do `method`: how things that are passed in are told from slips, such as a
 * function that was not called or a promise that was not awaited. `expected` says where one comes from.
 */
export function checkMethod(what: string, value: unknown, method: string, expected: string): void {
  if (canDo(value, method)) return;
  throw new AudiozooError({
    code: 'argument',
    what: `${what} is none`,
    expected,
    got: describeValue(value),
    hint: hintFor(value),
  });
}

/** Whether a value can do something. */
export function canDo(value: unknown, method: string): boolean {
  return typeof (value as Readonly<Record<string, unknown>> | null | undefined)?.[method] === 'function';
}

function hintFor(value: unknown): string | undefined {
  if (typeof value === 'function') return 'Call the function, and pass what it gives.';
  return canDo(value, 'then') ? 'Await it first.' : undefined;
}
