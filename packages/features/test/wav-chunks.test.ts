// WAV files as people have them: recorders that were killed, pipes, tag editors that pad as they please.

import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import { readAudio } from '@audiozoo/features/audio';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { processorTime } from '../../../testing/processor-time.js';
import {
  bigEndianOf,
  chunk,
  formatChunk,
  joinedBytes,
  riff,
  type SampleFormat,
} from '../../../testing/wav-chunks.js';
import { bytesOf } from '../../../testing/wav-file.js';

const folder = mkdtempSync(join(tmpdir(), 'audiozoo-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const values = Int16Array.from(
  { length: 2000 },
  (_, index) => 9000 * Math.sin(index / 7) + 5000 * Math.sin(index),
);
const expected = Float32Array.from(values, (value) => value / 32768);
const sound = bytesOf(values);
const format = formatChunk();
const data = chunk('data', sound);
const zeros = (length: number) => new Uint8Array(length);
const ascii = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

async function heard(file: Uint8Array) {
  const notes: string[] = [];
  const { samples } = await readAudio(file, { onNote: (note) => notes.push(note) });
  return { samples, notes };
}

async function refusal(file: Uint8Array | string): Promise<AudiozooError> {
  const error = await readAudio(file).catch((reason: unknown) => reason);
  if (AudiozooError.isInstance(error)) return error;
  throw error;
}

const padded = ascii('INFOISFT\x06\0\0\0abcdef\0\0ICMT\x06\0\0\0hello\0\0\0');
const tooLong = ascii('INFOISFT\xff\0\0\0abcdef');
const id3Text = ascii('ID3\x04\0\0\0\0\0\x16TIT2\0\0\0\x0c\0\0\x03hello world');

describe('a WAV file whose tags are wrong', () => {
  test.each([
    ['padded to 4', riff([format, chunk('LIST', padded), data])],
    ['padded to 4, behind the sound', riff([format, data, chunk('LIST', padded)])],
    [
      'of an odd size without its pad byte',
      riff([format, chunk('LIST', ascii('INFOx'), { padded: false }), data]),
    ],
    [
      'of an odd size and a name of their own, without it',
      riff([format, chunk('odd!', zeros(7), { padded: false }), data]),
    ],
    [
      'of an odd size, padded with something',
      riff([format, chunk('LIST', ascii('INFOx')), data].map(notZeroPadded)),
    ],
    ['that are longer than their list', riff([format, chunk('LIST', tooLong), data])],
    ['whose list is longer than it is', riff([format, chunk('LIST', padded, { size: 900 }), data])],
    ['whose list is longer than the file', riff([format, chunk('LIST', padded, { size: 0x20000000 }), data])],
    ['whose list is shorter than it is', riff([format, chunk('LIST', padded, { size: 10 }), data])],
    ['that are empty', riff([format, chunk('LIST', zeros(0)), data])],
    ['an ID3 tag that is cut', riff([format, chunk('id3 ', ascii('ID3\x04')), data])],
    [
      'an ID3 tag that says nonsense',
      riff([format, chunk('id3 ', ascii('ID3\xff\xff\xff\x7f\x7f\x7f\x7f')), data]),
    ],
    [
      'an ID3 tag that holds the word data',
      riff([format, chunk('id3 ', ascii('some data is here data'), { size: 3 }), data]),
    ],
    ['an ID3 tag before it all', joinedBytes(id3Text, riff([format, data]))],
    ['zeros before the format', riff([zeros(70_001), format, data])],
    ['zeros before the samples', riff([format, zeros(5), data])],
    ['a format that is longer than it says', riff([joinedBytes(format, zeros(2)), data])],
  ])('is heard whole: %s', async (_, file) => {
    expect((await heard(file)).samples).toEqual(expected);
  });

  test('says so where its sound had to be searched for', async () => {
    const { notes } = await heard(riff([format, zeros(6), data]));
    expect(notes).toEqual(['the file has a damaged header: its sound was searched for.']);
  });
});

describe('a WAV file whose sizes are wrong', () => {
  const riffSizes = [0, 36, sound.length / 2, sound.length, 0xffffffff];
  const dataSizes = [sound.length, 0, 0xffffffff, 0x7ffff000, 0x80000000];

  test.each(riffSizes.flatMap((size) => dataSizes.map((dataSize) => [size, dataSize])))(
    'is heard to its end: RIFF %i, data %i',
    async (size, dataSize) => {
      const file = riff([format, chunk('data', sound, { size: dataSize! })], { size: size! });
      const { samples, notes } = await heard(file);
      expect(samples).toEqual(expected);
      expect(notes).toEqual(
        dataSize === 0 ? ['the file was never finished: all that follows its header is taken as sound.'] : [],
      );
    },
  );

  test('is heard to its end behind a filler, as tablets write it', async () => {
    const filler = [chunk('JUNK', zeros(28)), format, chunk('FLLR', zeros(4008))];
    const file = riff([...filler, chunk('data', sound, { size: 0 })], { size: 4088 });
    expect((await heard(file)).samples).toEqual(expected);
  });

  test.each([
    ['nothing follows', []],
    ['tags follow', [chunk('LIST', padded), chunk('odd!', zeros(3))]],
  ])('is empty when its data has no bytes and %s', async (_, rest) => {
    const error = await refusal(riff([format, chunk('data', zeros(0)), ...rest]));
    expect(error.code).toBe('audio');
    expect(error.message).toContain('holds no samples');
  });

  test('is heard as far as it goes when it ends early, with a note', async () => {
    const whole = riff([format, data]);
    const { samples, notes } = await heard(whole.subarray(0, whole.length - 1001));
    expect(samples).toEqual(expected.subarray(0, 1499));
    expect(notes).toEqual(['the file ends early: of 4000 bytes of sound 2999 are there.']);
  });

  test.each([
    ['RF64', { size64: sound.length }, sound.length],
    ['BW64', { size64: sound.length }, sound.length],
    ['BW64', { size64: 0 }, sound.length],
    ['RF64', { size64: 2 ** 40 }, sound.length],
    ['RF64', { size64: 1000 }, 1000],
  ] as const)(
    'is heard by its 64-bit sizes, as far as they can be: %s %j',
    async (form, { size64 }, bytes) => {
      const sizes = joinedBytes(bytesOf(BigUint64Array.of(0n, BigInt(size64), 0n)), zeros(4));
      const file = riff([chunk('ds64', sizes), format, chunk('data', sound, { size: 0xffffffff })], { form });
      expect((await heard(file)).samples).toEqual(expected.subarray(0, bytes / 2));
    },
  );

  test('is heard beyond 4 GiB, where 32 bits begin again', async () => {
    const path = join(folder, 'long.wav');
    const frames = 2 ** 32 / 2 + 12_345;
    const file = openSync(path, 'w');
    writeSync(file, riff([format, chunk('data', zeros(0), { size: (2 * frames) % 2 ** 32 })]));
    writeSync(file, bytesOf(Int16Array.of(16384)), 0, 2, 44 + 2 * (frames - 1));
    ftruncateSync(file, 44 + 2 * frames);
    closeSync(file);
    const { samples } = await readAudio(path, { start: (frames - 2) / 8000 });
    expect(samples).toEqual(Float32Array.of(0, 0.5));
  });
});

describe('a WAV file in another order', () => {
  test.each([
    ['RIFF', true],
    ['RIFX', false],
  ] as const)('is heard when its format comes behind the samples: %s', async (form, littleEndian) => {
    const options = { littleEndian };
    const samples = littleEndian ? sound : bigEndianOf(sound, 2);
    const last = formatChunk(options);
    for (const size of [sound.length, 0, 0xffffffff]) {
      const file = riff([chunk('data', samples, { size, ...options }), last], { form });
      expect((await heard(file)).samples).toEqual(expected);
    }
  });

  test('gives the first of two parts of sound, and says so', async () => {
    const half = chunk('data', sound.subarray(0, 2000));
    const file = riff([format, half, chunk('data', sound.subarray(2000))]);
    const { samples, notes } = await heard(file);
    expect(samples).toEqual(expected.subarray(0, 1000));
    expect(notes).toEqual(['the file has a second `data` chunk, which is left out.']);
  });

  test('gives the part that has sound when the first has none', async () => {
    expect((await heard(riff([format, chunk('data', zeros(0)), data]))).samples).toEqual(expected);
  });
});

/** Samples by kind: what numbers become, and how far they may be off. */
const kinds: readonly [string, SampleFormat, number, (value: number) => number][] = [
  ['8 bit', 'int', 8, (value) => Math.round(value * 128) / 128],
  ['16 bit', 'int', 16, (value) => Math.round(value * 2 ** 15) / 2 ** 15],
  ['24 bit', 'int', 24, (value) => Math.round(value * 2 ** 23) / 2 ** 23],
  ['32 bit', 'int', 32, (value) => Math.fround(Math.round(value * 2 ** 31) / 2 ** 31)],
  ['float32', 'float', 32, Math.fround],
  ['float64', 'float', 64, Math.fround],
  ['A-law', 'alaw', 8, () => Number.NaN],
  ['µ-law', 'mulaw', 8, () => Number.NaN],
];

describe('a big-endian WAV file', () => {
  test.each(kinds)('has the samples of the same in little-endian: %s', async (_, kind, bits, rounded) => {
    const wave = Float64Array.from({ length: 997 }, (_, index) => 0.9 * Math.sin(index * index));
    const little = encode(wave, kind, bits);
    const both: Float32Array[] = [];
    for (const littleEndian of [true, false]) {
      for (const extensible of [false, true]) {
        const head = formatChunk({ kind, bits, extensible, littleEndian, channels: 1, sampleRate: 22_050 });
        const bytes = littleEndian ? little : bigEndianOf(little, bits / 8);
        const file = riff([head, chunk('data', bytes, { littleEndian })], {
          form: littleEndian ? 'RIFF' : 'RIFX',
        });
        const audio = await readAudio(file);
        expect(audio.sampleRate).toBe(22_050);
        both.push(audio.samples);
      }
    }
    for (const samples of both) expect(samples).toEqual(both[0]);
    expect(both[0]!.length).toBe(997);
    if (kind !== 'alaw' && kind !== 'mulaw') expect(both[0]).toEqual(Float32Array.from(wave, rounded));
  });
});

describe('the format of a WAV file', () => {
  test('may say nothing of the size of its frames', async () => {
    const file = riff([formatChunk({ blockAlign: 0 }), data]);
    expect((await heard(file)).samples).toEqual(expected);
  });

  test('may leave the bits of a sample to the size of its frames', async () => {
    expect((await heard(riff([chunk('fmt ', format.subarray(8, 22)), data]))).samples).toEqual(expected);
  });

  test('may have fewer valid bits than its samples, at their upper end', async () => {
    for (const validBits of [12, 16, 0]) {
      const file = riff([formatChunk({ extensible: true, validBits }), data]);
      expect((await heard(file)).samples).toEqual(expected);
    }
    expect((await refusal(riff([formatChunk({ extensible: true, validBits: 24 }), data]))).message).toMatch(
      /contradicts itself/,
    );
  });

  test('may be ambisonic', async () => {
    const guidEnd = [0, 0, 0x21, 0x07, 0xd3, 0x11, 0x86, 0x44, 0xc8, 0xc1, 0xca, 0, 0, 0];
    expect((await heard(riff([formatChunk({ extensible: true, guidEnd }), data]))).samples).toEqual(expected);
  });
});

describe('a WAV file that was made to be slow', () => {
  const manyChunks = (count: number) => {
    const empty = chunk('junk', zeros(0));
    const bytes = new Uint8Array(count * empty.length);
    for (let index = 0; index < count; index++) bytes.set(empty, index * empty.length);
    return bytes;
  };
  /** Five times what is wanted of it, since others may use this machine. */
  const patience = 5000;

  test.each([
    ['zeros behind the samples', riff([format, data, zeros(1_500_000)])],
    ['tiny chunks behind the samples', riff([format, data, manyChunks(200_000)])],
    ['zeros before the format', riff([zeros(1_500_000), format, data])],
    ['tiny chunks before the format', riff([manyChunks(140_000), format, data])],
    ['words that look like chunks', riff([zeros(4), ascii('fmt data'.repeat(50_000)), format, data])],
  ])('is heard at once: %s', async (_, file) => {
    const began = processorTime();
    expect((await heard(file)).samples).toEqual(expected);
    expect(processorTime() - began).toBeLessThan(patience);
  });

  test.each([
    ['tiny chunks without end', riff([manyChunks(2_000_000)])],
    ['zeros without end', riff([zeros(40_000_000)])],
    ['words that look like chunks, without end', riff([zeros(4), ascii('fmt data'.repeat(1_000_000))])],
  ])('is refused at once: %s', async (_, file) => {
    const began = processorTime();
    expect((await refusal(file)).code).toBe('audio');
    expect(processorTime() - began).toBeLessThan(patience);
  });

  test('lets others have their turn, and hears the signal', async () => {
    const controller = new AbortController();
    const file = riff([manyChunks(249_000), format, data]);
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    const reading = readAudio(file, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 60);
    const error = await reading.catch((reason: unknown) => reason);
    clearInterval(ticking);
    // A fast machine may be done by then.
    if (error instanceof Error) expect(error.message).toBe('enough');
    expect(turns).toBeGreaterThan(0);
  });

  test('is heard or refused, never anything else, whatever its chunks are', async () => {
    const piece = fc.oneof(
      fc.constantFrom(format, data, chunk('LIST', padded), chunk('id3 ', id3Text), zeros(3), zeros(4096)),
      fc
        .record({ id: fc.string({ minLength: 4, maxLength: 4 }), size: fc.nat() })
        .map(({ id, size }) => chunk(id, ascii('data and fmt '), { size })),
      fc.uint8Array({ maxLength: 40 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 8 }),
        fc.constantFrom('RIFF', 'RF64'),
        async (pieces, form) => {
          await readAudio(riff(pieces, { form })).catch((error: unknown) => {
            if (!AudiozooError.isInstance(error)) throw error;
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});

function notZeroPadded(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  if (String.fromCharCode(...copy.subarray(0, 4)) === 'LIST') copy[copy.length - 1] = 65;
  return copy;
}

function encode(wave: Float64Array, kind: SampleFormat, bits: number): Uint8Array {
  if (kind === 'float') return bytesOf(bits === 32 ? Float32Array.from(wave) : wave);
  if (kind !== 'int') return Uint8Array.from(wave, (_, index) => index); // any byte is a code
  if (bits === 8) return Uint8Array.from(wave, (value) => Math.round(value * 128) + 128);
  const integers = Int32Array.from(wave, (value) => Math.round(value * 2 ** (bits - 1)));
  const bytes = new Uint8Array((integers.length * bits) / 8);
  integers.forEach((value, index) => {
    for (let byte = 0; byte < bits / 8; byte++) bytes[(index * bits) / 8 + byte] = value >> (8 * byte);
  });
  return bytes;
}
