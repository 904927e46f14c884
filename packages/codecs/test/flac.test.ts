import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { decodeKnown, largestDifference } from './decoded.js';
import { type FlacOptions, writeFlac } from './flac-writer.js';

const ffmpegAvailable = spawnSync('ffmpeg', ['-version']).status === 0;

/** Two tones over noise that reach both ends of the range. */
function wave(length: number, bits: number, channel: number, step = 1): number[] {
  const full = 2 ** (bits - 1);
  let noise = 12_345 + channel;
  return Array.from({ length }, (_, index) => {
    noise = (noise * 1_103_515_245 + 12_345) % 2 ** 31;
    const value =
      0.7 * Math.sin(index / (9 + channel)) + 0.4 * Math.sin(index / 31) + (noise / 2 ** 31 - 0.5) / 50;
    const highest = Math.floor((full - 1) / step);
    // Adding 0 makes 0 of −0.
    return step * Math.max(-full / step, Math.min(highest, Math.round((value * full) / step))) + 0;
  });
}

function interleaved(channels: readonly (readonly number[])[], bits: number): Float32Array {
  const frames = channels[0]!.length;
  return Float32Array.from(
    { length: frames * channels.length },
    (_, index) => channels[index % channels.length]![Math.floor(index / channels.length)]! / 2 ** (bits - 1),
  );
}

const cases: Record<
  string,
  Omit<FlacOptions, 'channels'> & { count?: number; length?: number; step?: number }
> = {
  ...Object.fromEntries(
    [4, 8, 12, 16, 20, 24, 32].map((bitsPerSample) => [
      `${bitsPerSample} bits`,
      { bitsPerSample, blockSizes: [400], subframe: bitsPerSample === 32 ? 'verbatim' : 'fixed' } as const,
    ]),
  ),
  ...Object.fromEntries(
    (['left-side', 'side-right', 'mid-side'] as const).flatMap((stereo) =>
      [16, 24, 32].map((bitsPerSample) => [
        `${stereo} in ${bitsPerSample} bits`,
        {
          bitsPerSample,
          blockSizes: [400],
          stereo,
          count: 2,
          subframe: bitsPerSample === 32 ? 'verbatim' : 'fixed',
        } as const,
      ]),
    ),
  ),
  'eight channels': { bitsPerSample: 16, blockSizes: [400], count: 8 },
  'blocks of many sizes': {
    bitsPerSample: 16,
    blockSizes: [192, 16, 1000, 1, 577],
    variable: true,
    length: 4001,
  },
  'a last block of one sample': { bitsPerSample: 16, blockSizes: [400], length: 401 },
  'residuals as they are': { bitsPerSample: 16, blockSizes: [400], subframe: 'escaped' },
  'a linear predictor': { bitsPerSample: 24, blockSizes: [400], subframe: 'linear' },
  'bits that are all zero': { bitsPerSample: 16, blockSizes: [400], wastedBits: 3, step: 8 },
  'one frame': { bitsPerSample: 16, blockSizes: [4096], length: 37 },
  'a length that is not said': { bitsPerSample: 16, blockSizes: [400], samplesSaid: 0 },
  'frames longer than what is read at once': {
    bitsPerSample: 24,
    blockSizes: [60_000],
    count: 2,
    length: 70_001,
    subframe: 'verbatim',
  },
};

describe('FLAC', () => {
  test.each(Object.entries(cases))(
    'decodes %s exactly',
    async (_, { count = 1, length = 1100, step, ...options }) => {
      const { bitsPerSample } = options;
      const channels = Array.from({ length: count }, (_, channel) =>
        wave(length, bitsPerSample, channel, step),
      );
      const { samples, notes } = await decodeKnown(writeFlac({ ...options, channels }), 'FLAC');
      expect(samples).toEqual(interleaved(channels, bitsPerSample));
      expect(notes).toEqual([]);
    },
  );

  test('keeps silence in place of a damaged frame', async () => {
    const channels = [wave(4000, 16, 0)];
    const bytes = writeFlac({ bitsPerSample: 16, blockSizes: [400], channels });
    bytes[Math.floor(bytes.length / 2)]! ^= 0x10;
    const { samples, notes } = await decodeKnown(bytes, 'FLAC');
    const right = interleaved(channels, 16);
    expect(samples.length).toBe(right.length);
    const wrong = [...samples].flatMap((value, index) => (value === right[index] ? [] : [index]));
    expect(wrong[0]! % 400).toBeLessThan(2); // a sample may be 0 by itself
    expect(wrong.length).toBeGreaterThan(390);
    expect(wrong.at(-1)! - wrong[0]!).toBeLessThan(400);
    expect(wrong.every((index) => samples[index] === 0)).toBe(true);
    expect(notes).toEqual(['the file is damaged: one place could not be decoded.']);
  });

  test('says how many places are damaged', async () => {
    const channels = [wave(4000, 16, 0)];
    const bytes = writeFlac({ bitsPerSample: 16, blockSizes: [400], channels });
    for (const part of [0.3, 0.75]) bytes[Math.floor(part * bytes.length)]! ^= 0x10;
    const { notes } = await decodeKnown(bytes, 'FLAC');
    expect(notes).toEqual(['the file is damaged: 2 places could not be decoded.']);
  });

  test('takes samples out of range for damage, which predictors that run away make', async () => {
    const channels = [Array.from({ length: 800 }, (_, index) => 50 * index)];
    const bytes = writeFlac({ bitsPerSample: 16, blockSizes: [400], channels });
    const { samples, notes } = await decodeKnown(bytes, 'FLAC');
    expect(samples.subarray(0, 400)).toEqual(interleaved(channels, 16).subarray(0, 400));
    expect(samples.length).toBe(400);
    expect(notes).toEqual(['the file ends too early: what is there was decoded.']);
  });
});

describe.runIf(ffmpegAvailable)('the FLAC that these tests write (needs ffmpeg)', () => {
  test.each([8, 12, 16, 20, 24])('is FLAC to ffmpeg, in %i bits', async (bitsPerSample) => {
    const channels = [wave(1100, bitsPerSample, 0), wave(1100, bitsPerSample, 1)];
    const bytes = writeFlac({ bitsPerSample, blockSizes: [400], channels, stereo: 'mid-side' });
    const output = execFileSync(
      'ffmpeg',
      ['-v', 'error', '-f', 'flac', '-i', 'pipe:0', '-f', 'f32le', 'pipe:1'],
      {
        input: bytes,
      },
    );
    const theirs = new Float32Array(new Uint8Array(output).buffer);
    expect(largestDifference(theirs, interleaved(channels, bitsPerSample))).toBe(0);
  });
});
