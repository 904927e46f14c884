import { expect, test } from 'vitest';
import { usualInput } from '../src/usual-input.js';

test.each([
  [66, { fstride: 16, tstride: 16, frames: 128 }],
  [1214, { fstride: 10, tstride: 10, frames: 1024 }],
])('%i tokens are told from the usual inputs', (tokens, input) => {
  expect(usualInput(tokens)).toEqual(input);
});

test('a number of tokens that no usual input has is not guessed', () => {
  expect(usualInput(13)).toBeUndefined();
});
