// Files that were cut, joined, overwritten, begun in the middle, or made to do harm.

import { bytesSource } from '@audiozoo/core';
import { describe, expect, test, vi } from 'vitest';
import { processorTime } from '../../../testing/processor-time.js';
import {
  decode,
  decodeKnown,
  formatOf,
  joinedBytes,
  largestDifference,
  readFixture,
  readWav,
  refusal,
} from './decoded.js';
import { writeFlac } from './flac-writer.js';
import { oggPages } from './ogg-pages.js';

const every = [
  ...['.mp3', '-untagged.mp3', '-mp3.mkv', '-mp3.mp4', '.flac', '-flac.oga', '-flac.mkv', '-flac.mp4'],
  ...[
    '-vorbis.ogg',
    '-vorbis.webm',
    '-vorbis.mp4',
    '-opus.ogg',
    '-opus.webm',
    '-opus.mp4',
    '-opus-fragments.mp4',
  ],
].map((ending) => `stereo${ending}`);
const streams = every.filter((name) => !name.endsWith('.mp4'));
const cutNote = 'the file ends too early: what is there was decoded.';

describe('a file that was cut', () => {
  test.each(streams)('%s: all that is there, and a note', async (name) => {
    const bytes = readFixture(name);
    const { samples: whole } = await decodeKnown(bytes, formatOf(name));
    const { samples, notes } = await decodeKnown(
      bytes.subarray(0, Math.floor(0.7 * bytes.length)),
      formatOf(name),
    );
    expect(samples.length).toBeGreaterThan(0.3 * whole.length);
    expect(samples.length).toBeLessThan(whole.length);
    expect(largestDifference(samples, whole.subarray(0, samples.length))).toBeLessThan(1e-6);
    expect(notes).toEqual([cutNote]);
  });

  test('MP3 comes to the last whole frame', async () => {
    const bytes = readFixture('stereo-untagged.mp3');
    const { samples: whole } = await decodeKnown(bytes, 'MP3');
    // The file is frames of 209 and 208 bytes, of which the last are cut off with one byte of the one before.
    const { samples } = await decodeKnown(bytes.subarray(0, bytes.length - 209 - 1), 'MP3');
    expect(samples.length).toBe(whole.length - 2 * 2 * 1152);
    expect(samples).toEqual(whole.subarray(0, samples.length));
  });

  test('MPEG-4 comes as far as it goes when its index is in front', async () => {
    const bytes = readFixture('stereo-opus-fragments.mp4');
    const { samples: whole } = await decodeKnown(bytes, 'MPEG-4');
    const { samples, notes } = await decodeKnown(bytes.subarray(0, 0.7 * bytes.length), 'MPEG-4');
    expect(samples.length).toBeGreaterThan(0.3 * whole.length);
    expect(samples).toEqual(whole.subarray(0, samples.length));
    expect(notes).toEqual([cutNote]);
  });

  test('MPEG-4 without its index is refused', async () => {
    const bytes = readFixture('stereo-opus.mp4');
    const error = await refusal(decode(bytes.subarray(0, bytes.length / 2), 'MPEG-4'));
    expect(error).toMatchObject({ code: 'audio' });
  });
});

describe('files that were joined', () => {
  test.each(['stereo.mp3', 'stereo.flac', 'stereo-flac.oga', 'stereo-vorbis.ogg', 'stereo-opus.ogg'])(
    '%s twice is its sound twice',
    async (name) => {
      const bytes = readFixture(name);
      const { samples: once } = await decodeKnown(bytes, formatOf(name));
      const { samples, notes } = await decodeKnown(joinedBytes(bytes, bytes), formatOf(name));
      expect(samples).toEqual(joinedSamples(once, once));
      expect(notes).toEqual([]);
    },
  );

  test.each([
    ['stereo.mp3', 'mono.mp3'],
    ['stereo.flac', 'mono.flac'],
    ['stereo-vorbis.ogg', 'mono-vorbis.ogg'],
    ['stereo-opus.ogg', 'mono-opus.ogg'],
  ])('of %s and %s, the first is heard, and a note says so', async (first, second) => {
    const { samples } = await decodeKnown(readFixture(first), formatOf(first));
    const both = await decodeKnown(joinedBytes(readFixture(first), readFixture(second)), formatOf(first));
    expect(both.samples).toEqual(samples);
    expect(both.notes).toEqual([
      expect.stringMatching(/^the file changes from .* to .*: what comes after that is left out\.$/),
    ]);
  });

  test('says that sound of another codec follows', async () => {
    const { samples } = await decodeKnown(readFixture('stereo-opus.ogg'), 'Ogg');
    const both = joinedBytes(readFixture('stereo-opus.ogg'), readFixture('stereo-vorbis.ogg'));
    expect(await decodeKnown(both, 'Ogg')).toMatchObject({
      samples,
      notes: ['the file goes on with sound of another codec, which is left out.'],
    });
  });
});

describe('what lies around the sound', () => {
  const id3 = (length: number) =>
    joinedBytes(
      Uint8Array.of(
        0x49,
        0x44,
        0x33,
        4,
        0,
        0,
        (length >> 21) & 127,
        (length >> 14) & 127,
        (length >> 7) & 127,
        length & 127,
      ),
      new Uint8Array(length).fill(0xff),
    );
  const id3v1 = joinedBytes(Uint8Array.of(0x54, 0x41, 0x47), new Uint8Array(125).fill(32));
  const ape = joinedBytes(
    new TextEncoder().encode('APETAGEX'),
    Uint8Array.of(0xd0, 7, 0, 0, 64, 0, 0, 0),
    new Uint8Array(80).fill(0xff),
  );

  test.each(['stereo.mp3', 'stereo-untagged.mp3', 'stereo.flac', 'stereo-opus.ogg'])(
    '%s: tags before and behind it are passed over',
    async (name) => {
      const bytes = readFixture(name);
      const { samples } = await decodeKnown(bytes, formatOf(name));
      const tagged = joinedBytes(id3(5000), id3(300), bytes, ape, id3v1);
      expect(await decodeKnown(tagged, formatOf(name))).toMatchObject({ samples, notes: [] });
    },
  );

  test.each(['stereo.mp3', 'stereo-untagged.mp3'])(
    '%s: zeros and junk before it are passed over',
    async (name) => {
      const bytes = readFixture(name);
      const { samples } = await decodeKnown(bytes, 'MP3');
      expect((await decodeKnown(joinedBytes(new Uint8Array(100_000), bytes), 'MP3')).samples).toEqual(
        samples,
      );
      expect((await decodeKnown(joinedBytes(noise(3000, 1), bytes), 'MP3')).samples).toEqual(samples);
    },
  );

  test('MP3 may begin within a frame', async () => {
    const bytes = readFixture('stereo-untagged.mp3');
    const { samples: whole } = await decodeKnown(bytes, 'MP3');
    const { samples } = await decodeKnown(bytes.subarray(700), 'MP3');
    // Frames take bits from those before, so that the first ones cannot be right.
    const rest = samples.subarray(-10 * 2 * 1152);
    expect(samples.length).toBeGreaterThan(whole.length - 6 * 2 * 1152);
    expect(largestDifference(rest, whole.subarray(-rest.length))).toBeLessThan(1e-6);
  });

  test('another stream beside it is passed over', async () => {
    const pages = (name: string) => oggPages(readFixture(name));
    const [opusFirst, ...opus] = pages('stereo-opus.ogg');
    const [vorbisFirst, ...vorbis] = pages('stereo-vorbis.ogg');
    const mixed = joinedBytes(
      opusFirst!,
      vorbisFirst!,
      ...Array.from({ length: Math.max(opus.length, vorbis.length) }, (_, index) => [
        vorbis[index],
        opus[index],
      ])
        .flat()
        .filter((page) => page !== undefined),
    );
    const { samples } = await decodeKnown(readFixture('stereo-opus.ogg'), 'Ogg');
    expect(await decodeKnown(mixed, 'Ogg')).toMatchObject({ samples, notes: [] });
  });
});

describe('a file that is damaged', () => {
  test.each(streams)('%s: what can be decoded, and a note', async (name) => {
    const bytes = readFixture(name);
    const { samples: whole } = await decodeKnown(bytes, formatOf(name));
    const broken = bytes.slice();
    broken.fill(0x55, Math.floor(0.8 * bytes.length), Math.floor(0.83 * bytes.length));
    const { samples, notes } = await decodeKnown(broken, formatOf(name));
    expect(samples.length).toBeGreaterThan(0.3 * whole.length);
    expect(samples.every((value) => Number.isFinite(value))).toBe(true);
    const right = Math.floor(0.2 * whole.length);
    expect(samples.subarray(0, right)).toEqual(whole.subarray(0, right));
    expect(notes.length).toBeGreaterThan(0);
  });

  test.each(['stereo-vorbis.ogg', 'stereo-opus.ogg', 'stereo-flac.oga'])(
    '%s: what follows a lost page keeps its time',
    async (name) => {
      const { samples: whole } = await decodeKnown(readFixture(name), 'Ogg');
      const pages = oggPages(readFixture(name));
      expect(pages.length).toBeGreaterThan(5);
      pages.splice(-3, 1);
      const { samples, notes } = await decodeKnown(joinedBytes(...pages), 'Ogg');
      expect(samples.length).toBe(whole.length);
      const end = -2 * 1000;
      expect(largestDifference(samples.subarray(end), whole.subarray(end))).toBeLessThan(0.01);
      expect(notes).toEqual(['the file is damaged: one place could not be decoded.']);
    },
  );

  test('prints nothing', async () => {
    const spies = [
      vi.spyOn(process.stdout, 'write'),
      vi.spyOn(process.stderr, 'write'),
      ...(['log', 'error', 'warn', 'info', 'debug'] as const).map((method) => vi.spyOn(console, method)),
    ];
    try {
      for (const name of every) {
        for (let seed = 1; seed <= 3; seed++) {
          await decode(damaged(readFixture(name), seed), formatOf(name)).catch(() => undefined);
        }
      }
      for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  });

  test.each(every)('%s: is decoded or refused, whatever bytes change', async (name) => {
    const bytes = readFixture(name);
    for (let seed = 1; seed <= 25; seed++) {
      try {
        const decoded = await decode(damaged(bytes, seed), formatOf(name));
        if (decoded && !decoded.samples.every((value) => Number.isFinite(value)))
          throw new Error(`seed ${seed}`);
      } catch (error) {
        expect(error, `seed ${seed}`).toMatchObject({ code: 'audio' });
      }
    }
  });
});

describe('a file that is made to do harm', () => {
  test.each([
    ['nothing', new Uint8Array(0)],
    ['one byte', Uint8Array.of(0xff)],
    ['zeros', new Uint8Array(100_000)],
    ['0xff throughout', new Uint8Array(3_000_000).fill(0xff)],
    ['random bytes', noise(3_000_000, 7)],
  ])('%s is no sound', async (_, bytes) => {
    for (const format of ['MP3', 'FLAC', 'Ogg', 'WebM', 'MPEG-4']) {
      expect(await decode(bytes, format).catch(() => undefined)).toBeUndefined();
    }
  });

  test.each([
    ['FLAC', 'fLaC', 'stereo.flac'],
    ['Ogg', 'OggS', 'stereo-opus.ogg'],
    ['WebM', '\x1a\x45\xdf\xa3', 'stereo-opus.webm'],
  ])('%s of random bytes behind its first ones gives nothing', async (format, mark, name) => {
    const marked = joinedBytes(
      Uint8Array.from(mark, (letter) => letter.charCodeAt(0)),
      noise(1_000_000, 3),
    );
    expect(await decode(marked, format).catch(() => undefined)).toBeUndefined();
    // Good headers, then nothing good.
    const good = readFixture(name).slice();
    good.set(noise(good.length - 600, 4), 600);
    const decoded = await decode(good, format).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'audio' });
    });
    if (decoded) expect(decoded.samples.length).toBeLessThan(20_000);
  });

  test('headers without end are refused in little time', async () => {
    const empty = Uint8Array.of(1, 0, 0, 0); // padding of no bytes
    const flac = writeFlac({ bitsPerSample: 16, blockSizes: [400], channels: [[1, 2, 3]] }).slice(0, 42);
    flac[4] = 0;
    const began = processorTime();
    const blocks = joinedBytes(flac, repeated(empty, 1_000_000));
    expect(await decode(blocks, 'FLAC').catch(() => undefined)).toBeUndefined();
    const tags = repeated(Uint8Array.of(73, 68, 51, 4, 0, 0, 0, 0, 0, 0), 400_000);
    await decode(tags, 'MP3').catch(() => undefined);
    expect(processorTime() - began).toBeLessThan(10_000);
  });

  test('tables of MPEG-4 that claim billions of rows cost nothing', async () => {
    for (const name of ['stereo-opus.mp4', 'stereo-vorbis.mp4', 'stereo-opus-fragments.mp4']) {
      for (const table of ['stts', 'stsc', 'stsz', 'stco', 'elst', 'trun', 'stsd']) {
        for (const column of [4, 8, 12, 16]) {
          const bytes = readFixture(name).slice();
          const at = Buffer.from(bytes).indexOf(table);
          if (at < 0) continue;
          bytes.set([0xff, 0xff, 0xff, 0xff], at + 4 + column);
          const began = processorTime();
          await decode(bytes, 'MPEG-4').catch((error: unknown) =>
            expect(error).toMatchObject({ code: 'audio' }),
          );
          expect(processorTime() - began, `${name} ${table} ${column}`).toBeLessThan(5000);
        }
      }
    }
  });

  test('sizes beyond the file cost nothing', async () => {
    for (const name of every) {
      const bytes = readFixture(name);
      for (let at = 0; at < Math.min(400, bytes.length - 4); at += 13) {
        const huge = bytes.slice();
        huge.set([0x7f, 0xff, 0xff, 0xff], at);
        const reads: number[] = [];
        const source = bytesSource(huge, 'the file');
        const watched = {
          ...source,
          read: (offset: number, length: number) => {
            reads.push(length);
            return source.read(offset, length);
          },
        };
        await decode(watched, formatOf(name)).catch((error: unknown) =>
          expect(error).toMatchObject({ code: 'audio' }),
        );
        expect(Math.max(0, ...reads)).toBeLessThanOrEqual(bytes.length);
      }
    }
  });

  test('frames that look like frames to their end are not tried for ever', async () => {
    // Each header promises 65,536 samples, which are read from what follows until the checksum is wrong.
    const flac = writeFlac({ bitsPerSample: 16, blockSizes: [65_536], channels: [readLoud(70_000)] });
    const header = flac.subarray(42, 42 + 8);
    const bytes = joinedBytes(flac.subarray(0, 42), repeated(header, 120_000));
    const began = processorTime();
    await decode(bytes, 'FLAC').catch((error: unknown) => expect(error).toMatchObject({ code: 'audio' }));
    expect(processorTime() - began).toBeLessThan(15_000);
  });
});

/** The bytes of a fixture with some of them changed, the same for each seed. */
function damaged(bytes: Uint8Array, seed: number): Uint8Array {
  const random = randomNumbers(seed);
  let result: Uint8Array = bytes.slice();
  for (let change = 0; change < 1 + (seed % 8); change++) result[random(result.length)] = random(256);
  if (seed % 3 === 0) {
    const from = random(result.length);
    const to = Math.min(result.length, from + random(500));
    result = joinedBytes(result.subarray(0, from), result.subarray(to));
  }
  return result;
}

function noise(length: number, seed: number): Uint8Array {
  const random = randomNumbers(seed);
  return Uint8Array.from({ length }, () => random(256));
}

function repeated(bytes: Uint8Array, times: number): Uint8Array {
  return Uint8Array.from({ length: bytes.length * times }, (_, index) => bytes[index % bytes.length]!);
}

/** Whole numbers below a bound. */
function randomNumbers(seed: number): (bound: number) => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

function readLoud(length: number): number[] {
  const samples = readWav('mono.wav');
  return Array.from({ length }, (_, index) => Math.round(32_000 * samples[index % samples.length]!));
}

function joinedSamples(...parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}
