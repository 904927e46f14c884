import { AudiozooError } from '@audiozoo/core';

/** Throws an `argument` error unless there can be so many of `what`. */
export function checkCount(what: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new AudiozooError({
    code: 'argument',
    what: `${what} does not fit`,
    expected: 'a whole number, at least 1',
    got: `${value}`,
  });
}
