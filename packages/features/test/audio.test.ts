import { checkAudio, toMono } from '@audiozoo/features';
import { readAudio } from '@audiozoo/features/audio';
import { describe, expect, test } from 'vitest';

const left = Float32Array.of(0.5, -0.5);
const right = Float32Array.of(0.25, 0.5);

describe('toMono', () => {
  test('takes the first channel unless told otherwise', () => {
    expect(toMono([left, right])).toBe(left);
    expect(toMono([left, right], 1)).toBe(right);
    expect(toMono([left, right], 'mean')).toEqual(Float32Array.of(0.375, 0));
  });

  test.each([2, -1, 0.5, Number.NaN])('refuses channel %f of two', (channel) => {
    expect(() => toMono([left, right], channel)).toThrow(/0 to 1, or 'mean'/);
  });

  test('refuses sound without channels', () => {
    expect(() => toMono([], 'mean')).toThrow(/no such channel/);
  });
});

describe('checkAudio', () => {
  test('takes finite samples at a rate that makes sense', () => {
    expect(() => checkAudio({ samples: left, sampleRate: 44100 })).not.toThrow();
  });

  test.each([
    [new Float32Array(0), 16000, /empty/],
    [Float32Array.of(0, Number.NaN), 16000, /sample 1 /],
    [Float32Array.of(Number.NEGATIVE_INFINITY, 0), 16000, /sample 0 /],
    [left, 0, /sample rate/],
    [left, Number.NaN, /sample rate/],
    [left, 1e9, /sample rate/],
  ])('refuses %o at %f Hz', (samples, sampleRate, reason) => {
    expect(() => checkAudio({ samples, sampleRate })).toThrow(reason);
  });
});

describe('an AudioBuffer', () => {
  const buffer = {
    sampleRate: 48000,
    numberOfChannels: 2,
    getChannelData: (channel: number) => (channel === 0 ? left : right),
  };

  test('is read like a file, channel by channel', async () => {
    expect(await readAudio(buffer)).toEqual({ samples: left, sampleRate: 48000 });
    expect((await readAudio(buffer, { channel: 1 })).samples).toEqual(right);
    expect((await readAudio(buffer, { start: 1 / 48000 })).samples).toEqual(left.slice(1));
  });
});
