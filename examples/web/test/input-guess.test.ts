import { expect, test } from 'vitest';
import { guessInputs, tokensOfMessage } from '../src/input-guess.js';

test.each([
  [66, { fstride: 16, tstride: 16, frames: 128 }],
  [1214, { fstride: 10, tstride: 10, frames: 1024 }],
])('%i tokens are told from the usual inputs', (tokens, input) => {
  expect(guessInputs(tokens)).toContainEqual(input);
});

test('a number of tokens that no usual input has is not guessed', () => {
  expect(guessInputs(13)).toEqual([]);
});

test('the number of tokens is read from the refusal, and from no other message', () => {
  const refusal =
    'expected the number of tokens of an official checkpoint: 1214 (stride 10), got 66. Say --fstride.';
  expect(tokensOfMessage(refusal)).toBe(66);
  expect(
    tokensOfMessage('the labels do not fit the checkpoint: expected 12 labels, got 10.'),
  ).toBeUndefined();
});
