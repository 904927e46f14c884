import { expect, test } from 'vitest';
import { cutClips } from '../src/teach/cut-clips.js';

const lengths = { length: 8, hop: 4 };

test('a recording that is no longer than a clip is one, however quiet', () => {
  const samples = new Float32Array(8);
  expect(cutClips(samples, lengths)).toEqual([samples]);
});

test('a longer one is cut into clips that overlap and reach its end', () => {
  const samples = Float32Array.from({ length: 19 }, (_, place) => 100 + place);
  expect(cutClips(samples, lengths).map(([first]) => first)).toEqual([100, 104, 108, 111]);
  expect(cutClips(samples, lengths).every((clip) => clip.length === 8)).toBe(true);
});

test('what is 20 dB quieter than the loudest is left out', () => {
  const samples = new Float32Array(24).fill(0.5, 0, 8).fill(0.04, 8, 16).fill(0.06, 16, 24);
  expect(cutClips(samples, { length: 8, hop: 8 }).map(([first]) => first)).toEqual([0.5, Math.fround(0.06)]);
});
