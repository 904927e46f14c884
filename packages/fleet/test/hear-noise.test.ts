import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { soundRate } from '../src/hearing/hear-noise.js';

const millisecondsOfRun = 10;

/** A model that hears 8 seconds at a time. */
const classifier = {
  frontEnd: { sampleRate: 1000, minSamples: 1, maxSamples: 8000 },
  async logits() {
    vi.advanceTimersByTime(millisecondsOfRun);
    return { data: new Float32Array(1), shape: [1, 1] };
  },
} as unknown as Parameters<typeof soundRate>[0];
const alongTime = { secondsPerStep: 0.1 } as NonNullable<(typeof classifier)['alongTime']>;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test.each([
  ['clips', {}, {}, 8],
  ['windows', { hop: 2 }, {}, 2],
  ['windows apart from each other', { hop: 12 }, {}, 12],
  ['events', { events: true }, {}, 1],
  ['events at another hop', { events: true, hop: 0.5 }, {}, 0.5],
  ['events of a model that answers along time', { events: true }, { alongTime }, 4],
  ['windows of a model whose clips may be longer', { events: true }, { windowSamples: 4000 }, 0.5],
])('of %s, a run counts for as far as the job gets by it', async (_, settings, more, seconds) => {
  const { windowSamples, ...others } = { windowSamples: undefined, ...more };
  const frontEnd = { ...classifier.frontEnd, ...(windowSamples !== undefined && { windowSamples }) };
  const rate = await soundRate({ ...classifier, ...others, frontEnd }, settings);
  expect(rate).toBeCloseTo((seconds * 1000) / millisecondsOfRun, 6);
});
