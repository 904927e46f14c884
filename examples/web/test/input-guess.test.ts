import { AudiozooError } from '@audiozoo/core';
import { expect, test } from 'vitest';
import { guessInputs, tokensOfRefusal } from '../src/input-guess.js';

test.each([
  [66, { fstride: 16, tstride: 16, frames: 128 }],
  [1214, { fstride: 10, tstride: 10, frames: 1024 }],
])('%i tokens are told from the usual inputs', (tokens, input) => {
  expect(guessInputs(tokens)).toContainEqual(input);
});

test('a number of tokens that no usual input has is not guessed', () => {
  expect(guessInputs(13)).toEqual([]);
});

test('the number of tokens is read from the refusal that tells it, and from no other', () => {
  const refusal = new AudiozooError({
    code: 'argument',
    what: 'the strides of this checkpoint cannot be told',
    expected: 'the number of tokens of an official checkpoint: 1214 (stride 10)',
    got: '66',
  });
  expect(tokensOfRefusal(refusal)).toBe(66);
  const expected = '12 labels, as its head has classes';
  const labels = new AudiozooError({ code: 'argument', what: 'the labels do not fit', expected, got: '10' });
  expect(tokensOfRefusal(labels)).toBeUndefined();
  expect(tokensOfRefusal(new AudiozooError({ code: 'file', what: 'it is broken' }))).toBeUndefined();
});
