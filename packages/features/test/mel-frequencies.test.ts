import { createFbank, melFrequencies } from '@audiozoo/features';
import { expect, test } from 'vitest';

test.each([
  { sampleRate: 16_000, melBins: 40, lowFrequency: 20 },
  { sampleRate: 8_000, melBins: 23, lowFrequency: 100 },
])('a tone of each frequency is loudest in its column: %j', ({ sampleRate, melBins, lowFrequency }) => {
  const frequencies = melFrequencies({ sampleRate, melBins, lowFrequency });
  expect(frequencies).toHaveLength(melBins);
  const { compute } = createFbank({ sampleRate, melBins, lowFrequency });
  frequencies.forEach((hertz, column) => {
    // The lowest filters are narrower than what 25 ms can tell apart.
    if (hertz < 400) return;
    const tone = new Float32Array(sampleRate / 10).map((_, index) =>
      Math.sin((2 * Math.PI * hertz * index) / sampleRate),
    );
    const { data } = compute(tone);
    const frame = data.subarray(0, melBins);
    expect(frame.indexOf(Math.max(...frame))).toBe(column);
  });
});

test.each([
  [{ melBins: 3 }, 'option melBins cannot be used: expected 4 to 4096'],
  [{ lowFrequency: 9000 }, 'expected 0 ≤ lowFrequency < highFrequency ≤ 8000 Hz, got 9000 and 8000 Hz'],
  [{ highFrequency: -9000 }, 'got 20 and -1000 Hz'],
])('a filter bank that cannot be has no frequencies: %j', (options, words) => {
  for (const refuses of [createFbank, melFrequencies]) expect(() => refuses(options)).toThrow(words);
});
