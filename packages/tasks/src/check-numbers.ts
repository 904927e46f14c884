import { AudiozooError } from '@audiozoo/core';
import { describeValue } from '@audiozoo/core/plugin';

/** Whether a list or typed array holds numbers. Of lists, the first tells. */
export function areNumbers(values: unknown): values is ArrayLike<number> {
  const isList = Array.isArray(values) || (ArrayBuffer.isView(values) && 'length' in values);
  return isList && (values.length === 0 || typeof (values as ArrayLike<unknown>)[0] === 'number');
}

/** Throws an `argument` error unless `values`, which messages call `what`, are numbers. */
export function checkNumbers(what: string, values: unknown): asserts values is ArrayLike<number> {
  if (areNumbers(values)) return;
  throw new AudiozooError({
    code: 'argument',
    what: `${what} are no numbers`,
    expected: 'a Float32Array, or another array of numbers',
    got: describeValue(values),
  });
}
