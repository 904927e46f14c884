import { AudiozooError, errorDescription, errorMessage } from '@audiozoo/core';
import { expect, test, vi } from 'vitest';

test('the message says what is wrong, what was expected, what came, and how to mend it', () => {
  const error = new AudiozooError({
    code: 'weights',
    what: 'weight "a" does not fit',
    expected: '[2]',
    got: '[3]',
    hint: 'Convert it again.',
  });
  expect(error.message).toBe('weight "a" does not fit: expected [2], got [3]. Convert it again.');
  expect(error).toMatchObject({ name: 'AudiozooError', code: 'weights' });
  const { what, expected, got, hint } = error;
  expect([what, expected, got, hint]).toEqual(['weight "a" does not fit', '[2]', '[3]', 'Convert it again.']);
  expect(error).toBeInstanceOf(Error);
});

test('parts that are not said leave no trace', () => {
  const message = (rest: object) =>
    new AudiozooError({ code: 'file', what: 'it is broken', ...rest }).message;
  expect(message({})).toBe('it is broken.');
  expect(message({ got: '3' })).toBe('it is broken: got 3.');
  expect(message({ expected: '3' })).toBe('it is broken: expected 3.');
  expect(message({ hint: 'Mend it.' })).toBe('it is broken. Mend it.');
});

test('a cause is kept, and without one there is none', () => {
  const cause = new Error('below');
  expect(new AudiozooError({ code: 'file', what: 'it is broken', cause }).cause).toBe(cause);
  expect('cause' in new AudiozooError({ code: 'file', what: 'it is broken' })).toBe(false);
});

test('errors are recognized by their code', () => {
  const error = new AudiozooError({ code: 'shape', what: 'it is broken' });
  expect(AudiozooError.isInstance(error)).toBe(true);
  expect(AudiozooError.isInstance(error, 'shape')).toBe(true);
  expect(AudiozooError.isInstance(error, 'file')).toBe(false);
});

test.each([new Error('x'), { code: 'shape' }, null, undefined, 'shape', 3])(
  '%s is no such error',
  (value) => {
    expect(AudiozooError.isInstance(value)).toBe(false);
  },
);

test('errors are recognized across two copies of core', async () => {
  vi.resetModules();
  const copy = await import('@audiozoo/core');
  expect(copy.AudiozooError).not.toBe(AudiozooError);
  const foreign = new copy.AudiozooError({ code: 'device', what: 'it is broken' });
  expect(foreign).not.toBeInstanceOf(AudiozooError);
  expect(AudiozooError.isInstance(foreign, 'device')).toBe(true);
});

test('an error is a record that can be posted, and comes back from it', () => {
  const error = new AudiozooError({
    code: 'audio',
    what: 'it is broken',
    got: 'NaN',
    hint: 'Mend it.',
    option: ['start', 'settings.heads'],
    details: { seconds: 3 },
    cause: () => {}, // which cannot be posted
  });
  const posted = structuredClone(errorDescription(error, 'the worker failed'));
  const { code, what, expected, got, hint, option, details, message } = new AudiozooError(posted);
  expect([code, message]).toEqual([error.code, error.message]);
  expect([what, expected, got, hint]).toEqual(['it is broken', undefined, 'NaN', 'Mend it.']);
  expect([option, details]).toEqual([['start', 'settings.heads'], { seconds: 3 }]);
});

test('what is no such error becomes one that says whose it is', () => {
  const { code, message } = new AudiozooError(errorDescription(new RangeError('too much.'), 'it failed'));
  expect([code, message]).toEqual(['runtime', 'it failed: got RangeError: too much.']);
});

test('the message has the names that options have elsewhere, where they have one', () => {
  const flags: Readonly<Record<string, string>> = { 'settings.heads': '--heads', base: '--base' };
  const message = (rest: object) =>
    errorMessage({ code: 'argument', what: 'it does not fit', got: '3', ...rest }, (option) => flags[option]);
  expect(message({ hint: 'Say `heads`.', option: 'settings.heads' })).toBe(
    'it does not fit: got 3. Say --heads.',
  );
  expect(message({ hint: 'Say `heads`.', option: ['settings.heads', 'base', 'other'] })).toBe(
    'it does not fit: got 3. Say --heads. See --base.',
  );
  expect(message({ option: 'base' })).toBe('it does not fit: got 3. See --base.');
  expect(message({ hint: 'Leave `base` out.' })).toBe('it does not fit: got 3. Leave `base` out.');
});
