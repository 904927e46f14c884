import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AudiozooError } from '@audiozoo/core';
import { resample } from '@audiozoo/features';
import { openAudioStream, readAudio } from '@audiozoo/features/audio';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { bytesOf, type WavOptions, wav16, wavFile } from '../../../testing/wav-file.js';
import { fixturePath, joined, readFixture, readSamples } from './fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'audiozoo-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function refusal(reading: Promise<unknown>): Promise<AudiozooError> {
  const error = await reading.then(
    () => new Error('was not refused'),
    (reason: unknown) => reason,
  );
  if (AudiozooError.isInstance(error)) return error;
  throw error;
}

const int24 = (values: readonly number[]) =>
  Uint8Array.from(values.flatMap((value) => [value & 255, (value >> 8) & 255, (value >> 16) & 255]));

/** Encoded samples of each kind, and the values that they stand for. */
const kinds: readonly [string, Uint8Array, WavOptions, readonly number[]][] = [
  ['8 bit', Uint8Array.of(0, 128, 129, 255), { format: 'int', bits: 8 }, [-1, 0, 1 / 128, 127 / 128]],
  [
    '16 bit',
    bytesOf(Int16Array.of(-32768, -1, 0, 32767)),
    { format: 'int', bits: 16 },
    [-1, -1 / 32768, 0, 32767 / 32768],
  ],
  [
    '24 bit',
    int24([-(2 ** 23), -1, 0, 2 ** 23 - 1]),
    { format: 'int', bits: 24 },
    [-1, -(2 ** -23), 0, 1 - 2 ** -23],
  ],
  [
    '32 bit',
    bytesOf(Int32Array.of(-(2 ** 31), -(2 ** 10), 0, 2 ** 30)),
    { format: 'int', bits: 32 },
    [-1, -(2 ** -21), 0, 0.5],
  ],
  ['float32', bytesOf(Float32Array.of(-1.5, 0.1, 0, 1)), { format: 'float', bits: 32 }, [-1.5, 0.1, 0, 1]],
  ['float64', bytesOf(Float64Array.of(-1.5, 0.1, 0, 1)), { format: 'float', bits: 64 }, [-1.5, 0.1, 0, 1]],
  // ITU-T G.711: the loudest and the quietest steps of both signs.
  [
    'µ-law',
    Uint8Array.of(0x00, 0x80, 0x7f, 0xff),
    { format: 'mulaw', bits: 8 },
    [-32124 / 32768, 32124 / 32768, 0, 0],
  ],
  [
    'A-law',
    Uint8Array.of(0x2a, 0xaa, 0x55, 0xd5),
    { format: 'alaw', bits: 8 },
    [-32256 / 32768, 32256 / 32768, -8 / 32768, 8 / 32768],
  ],
];

describe('WAV', () => {
  test.each(kinds)('reads %s to the exact values', async (_, data, options, values) => {
    const expected = Float32Array.from(values);
    for (const extensible of [false, true]) {
      const audio = await readAudio(wavFile(data, { ...options, extensible, sampleRate: 22050 }));
      expect(audio).toEqual({ samples: expected.map((value) => value + 0), sampleRate: 22050 });
    }
  });

  test('reads from a path, a URL, a Blob and bytes alike', async () => {
    const expected = { samples: readSamples('fbank/speech_8k_1s.wav'), sampleRate: 8000 };
    const path = fixturePath('fbank/speech_8k_1s.wav');
    const bytes = new Uint8Array(readFixture('fbank/speech_8k_1s.wav'));
    for (const source of [path, pathToFileURL(path), new Blob([bytes]), bytes]) {
      expect(await readAudio(source)).toEqual(expected);
    }
  });

  test.each([
    ['RF64', wav16([1, 2, 3], { rf64: true })],
    [
      'odd chunks before the samples',
      wav16([1, 2, 3], {
        chunks: [
          { id: 'junk', size: 7 },
          { id: 'LIST', size: 5 },
        ],
      }),
    ],
    [
      'sizes that a pipe could not know',
      wav16([1, 2, 3], { lies: { dataSize: 0xffffffff, riffSize: 0xffffffff } }),
    ],
    ['samples cut short', wav16([1, 2, 3, 4, 5]).subarray(0, -3)],
  ])('reads %s', async (_, file) => {
    expect((await readAudio(file)).samples).toEqual(Float32Array.of(1 / 32768, 2 / 32768, 3 / 32768));
  });

  test('takes the first channel unless told otherwise', async () => {
    const stereo = wav16([100, 200, -100, 400], { channels: 2 });
    const scaled = (values: readonly number[]) => Float32Array.from(values, (value) => value / 32768);
    expect((await readAudio(stereo)).samples).toEqual(scaled([100, -100]));
    expect((await readAudio(stereo, { channel: 1 })).samples).toEqual(scaled([200, 400]));
    expect((await readAudio(stereo, { channel: 'mean' })).samples).toEqual(scaled([150, 150]));
    const error = await refusal(readAudio(stereo, { channel: 2 }));
    expect(error.code).toBe('argument');
    expect(error.message).toContain('0 to 1');
  });

  test('reads a part, which is that part of the whole', async () => {
    const values = Array.from({ length: 10_000 }, (_, index) => index);
    const file = wav16(values, { sampleRate: 8000 });
    const whole = (await readAudio(file)).samples;
    for (const [start, duration] of [
      [0.3, 0.5],
      [0.256, 0.256],
      [1.2, 60],
    ] as const) {
      const part = await readAudio(file, { start, duration });
      const expected = whole.slice(Math.round(start * 8000), Math.round((start + duration) * 8000));
      expect(part.samples).toEqual(expected);
    }
    expect((await refusal(readAudio(file, { start: 2 }))).message).toMatch(/behind the end/);
    expect((await refusal(readAudio(file, { start: -1 }))).code).toBe('argument');
    expect((await refusal(readAudio(file, { duration: 0 }))).code).toBe('argument');
  });

  test('streams exactly what reading the whole gives, resampled', async () => {
    const path = fixturePath('fbank/speech_44k1_1s.wav');
    const stream = await openAudioStream(path, { resampleTo: 16000 });
    expect(stream.sampleRate).toBe(16000);
    const pieces: Float32Array[] = [];
    for await (const piece of stream) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(5);
    const whole = await readAudio(path, { resampleTo: 16000 });
    expect(joined(pieces)).toEqual(whole.samples);
    expect(whole.samples).toEqual(resample(readSamples('fbank/speech_44k1_1s.wav'), 44100, 16000));
  });

  test('stops when told to', async () => {
    const controller = new AbortController();
    const file = wav16(Array(50_000).fill(1));
    const stream = await openAudioStream(file, { signal: controller.signal });
    const reading = (async () => {
      for await (const _ of stream) controller.abort(new Error('enough'));
    })();
    await expect(reading).rejects.toThrow('enough');
    await expect(readAudio(file, { signal: controller.signal })).rejects.toThrow('enough');
  });

  test.each([
    ['no samples', wav16([]), /no samples|empty/],
    ['no channels', wav16([1, 2], { channels: 0, lies: { blockAlign: 2 } }), /contradicts itself|channels/],
    ['more channels than sound has', wav16(Array(600).fill(1), { channels: 300 }), /1 to 256/],
    ['frames of no bytes and no channels', wav16([1, 2], { channels: 0 }), /contradicts itself/],
    [
      'samples of no bits',
      wavFile(Uint8Array.of(1, 2), { format: 'int', bits: 0, lies: { blockAlign: 2 } }),
      /contradicts itself/,
    ],
    [
      'frames of too few bytes',
      wav16([1, 2, 3, 4], { channels: 2, lies: { blockAlign: 2 } }),
      /contradicts itself/,
    ],
    ['a sample rate of 0', wav16([1, 2], { sampleRate: 0 }), /WAV|sample rate/],
    ['an absurd sample rate', wav16([1, 2], { sampleRate: 4e9 }), /sample rate/],
    ['no data chunk', wav16([1, 2]).subarray(0, 36), /WAV/],
    ['NaN', wavFile(bytesOf(Float32Array.of(0, Number.NaN)), { format: 'float', bits: 32 }), /sample 1 /],
    ['Infinity', wavFile(bytesOf(Float64Array.of(1e300, 0)), { format: 'float', bits: 64 }), /sample 0 /],
  ])('refuses a file with %s', async (_, file, reason) => {
    const error = await refusal(readAudio(file));
    expect(error.code).toBe('audio');
    expect(error.message).toMatch(reason);
  });

  test.each([
    ['an empty file', new Uint8Array(0), 'an empty file'],
    ['text', new TextEncoder().encode('hello, this is no sound'), 'text'],
    ['an HTML page', new TextEncoder().encode('<!DOCTYPE html><p>404'), 'an HTML page'],
    ['a PNG picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), 'a PNG picture'],
    ['a ZIP archive', Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), 'a ZIP archive'],
    ['unknown bytes', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 'bytes of an unknown kind'],
    ['a playlist', new TextEncoder().encode('#EXTM3U\nfile:///etc/passwd\n'), 'text'],
  ])('says what %s is instead of sound', async (_, file, found) => {
    const error = await refusal(readAudio(file));
    expect(error.code).toBe('audio');
    expect(error.message).toContain(`got ${found}`);
  });

  test('tells a missing file and a folder from damaged sound', async () => {
    expect((await refusal(readAudio(join(folder, 'missing.wav')))).code).toBe('file');
    expect((await refusal(readAudio(folder))).code).toBe('file');
    expect((await refusal(readAudio(42 as unknown as string))).code).toBe('argument');
  });

  test('answers damaged files with typed errors only', async () => {
    const whole = wav16(Array(300).fill(1000), {
      channels: 2,
      extensible: true,
      chunks: [{ id: 'LIST', size: 9 }],
    });
    const damage = fc.array(fc.tuple(fc.nat(90), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(damage, fc.integer({ min: 0, max: whole.length }), async (changes, length) => {
        const file = whole.slice(0, length);
        for (const [at, value] of changes) if (at < length) file[at] = value;
        // The format tag and its GUID decide whether ffmpeg is asked; that is another test's business.
        if (file.length > 20) file.set(whole.subarray(0, 22).subarray(0, length));
        if (file.length > 60) file.set(whole.subarray(44, 60), 44);
        await readAudio(file).catch((error: unknown) => {
          if (!AudiozooError.isInstance(error)) throw error;
        });
      }),
      { numRuns: 300 },
    );
  });

  test('reads files whose name looks like an option', async () => {
    const path = join(folder, '-version.wav');
    writeFileSync(path, wav16([7]));
    expect((await readAudio(path)).samples).toEqual(Float32Array.of(7 / 32768));
  });
});
