// Sound comes while the file is read: in bounded memory, in any part, and until it is called off.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { codecs } from '@audiozoo/codecs';
import { type ByteSource, bytesSource } from '@audiozoo/core';
import { openAudioStream, type SoundDecoder } from '@audiozoo/features/audio';
import { describe, expect, test } from 'vitest';
import { processorTime } from '../../../testing/processor-time.js';
import { decodeKnown, fixturePath, formatOf, readFixture } from './decoded.js';
import { lengthened } from './ogg-pages.js';

const every = [
  ...['stereo.mp3', 'stereo.flac', 'stereo-vorbis.ogg', 'stereo-opus.ogg', 'stereo-flac.oga'],
  ...['stereo-opus.webm', 'stereo-opus.mp4', 'stereo-vorbis.webm', 'stereo-mp3.mp4'],
];

/** A file that begins with `head` and goes on with `body` over and over, without being anywhere. */
function endless(head: Uint8Array, body: Uint8Array, times: number): ByteSource {
  const size = head.length + body.length * times;
  return {
    name: 'the recording',
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      for (let filled = 0; filled < length; ) {
        const at = offset + filled;
        const inBody = (at - head.length) % body.length;
        const piece = at < head.length ? head.subarray(at) : body.subarray(inBody);
        const part = piece.subarray(0, length - filled);
        bytes.set(part, filled);
        filled += part.length;
      }
      return bytes;
    },
    async close() {},
  };
}

async function open(source: ByteSource, format: string, signal?: AbortSignal) {
  for (const decoder of codecs.filter(({ formats }) => formats.includes(format))) {
    const decoded = await decoder.open(source, { signal });
    if (decoded) return decoded;
  }
  throw new Error('no decoder knew the sound');
}

/** Looking at memory takes longer than decoding a block. */
const blocksPerLook = 2500;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Recordings of a quarter of an hour or two, whose samples are more than 150 MB each. */
const recordings = ((): [string, string, ByteSource, seconds: number][] => {
  const mp3 = readFixture('mono-untagged.mp3');
  const flac = readFixture('mono.flac');
  const frames = Buffer.from(flac).indexOf(Buffer.of(0xff, 0xf8));
  const opus = lengthened(readFixture('mono-opus.ogg'), 2700);
  const vorbis = lengthened(readFixture('stereo-vorbis.ogg'), 3200);
  const none = new Uint8Array(0);
  return [
    ['MP3', 'MP3', endless(none, mp3, 3830), 1800],
    ['FLAC', 'FLAC', endless(flac.subarray(0, frames), flac.subarray(frames), 4450), 1800],
    ['Opus', 'Ogg', bytesSource(opus), 900],
    ['Vorbis', 'Ogg', bytesSource(vorbis), 900],
  ];
})();

describe('long sound', () => {
  test.each(recordings)('of %s takes little memory', async (_, format, source, seconds) => {
    const decoded = await open(source, format);
    const used = () => {
      collectGarbage(); // what waits to be collected depends on the collector's mood
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const before = used();
    let most = 0;
    let frames = 0;
    let largest = 0;
    let blocks = 0;
    for await (const block of decoded.blocks(0, Infinity)) {
      frames += block.length / decoded.channels;
      largest = Math.max(largest, block.length);
      if (blocks++ % blocksPerLook > 0) continue;
      most = Math.max(most, used() - before);
    }
    expect(frames / decoded.sampleRate).toBeGreaterThan(seconds);
    expect(largest).toBeLessThan(2 ** 16);
    expect(most).toBeLessThan(100e6);
  });

  test.each(recordings)('of %s begins at once', async (_, format, source) => {
    let read = 0;
    const watched: ByteSource = {
      ...source,
      read(offset, length) {
        read += length;
        return source.read(offset, length);
      },
    };
    const decoded = await open(watched, format);
    for await (const block of decoded.blocks(0, Infinity)) {
      expect(block.length).toBeGreaterThan(0);
      break;
    }
    expect(read).toBeLessThan(500_000);
  });

  test.each(recordings)('of %s is left soon after it is called off', async (_, format, source) => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const decoded = await open(source, format, controller.signal);
    let called = Infinity;
    setTimeout(() => {
      called = processorTime();
      controller.abort(reason);
    }, 200);
    const hearing = (async () => {
      for await (const _block of decoded.blocks(0, Infinity));
    })();
    await expect(hearing).rejects.toBe(reason);
    expect(processorTime() - called).toBeLessThan(1000);
  });

  test('that is called off beforehand is not opened', async () => {
    const reason = new Error('enough');
    for (const [, format, source] of recordings) {
      await expect(open(source, format, AbortSignal.abort(reason))).rejects.toBe(reason);
    }
  });
});

describe('a part of the sound', () => {
  test.each(every)('%s: is exactly that part of the whole', async (name) => {
    const bytes = readFixture(name);
    const { samples, channels } = await decodeKnown(bytes, formatOf(name));
    const frames = samples.length / channels;
    for (const [first, end] of [
      [0, 1],
      [1000, 5003],
      [4608, 4609],
      [frames - 7, Infinity],
      [frames, Infinity],
    ] as const) {
      const part = await decodeKnown(bytes, formatOf(name), { first, end });
      expect(part.samples).toEqual(samples.subarray(first * channels, end * channels));
    }
  });

  test('can be taken more than once', async () => {
    for (const name of every) {
      const decoded = await open(bytesSource(readFixture(name)), formatOf(name));
      const lengths: number[] = [];
      for (let time = 0; time < 2; time++) {
        let length = 0;
        for await (const block of decoded.blocks(0, Infinity)) length += block.length;
        lengths.push(length);
      }
      expect(lengths[1]).toBe(lengths[0]);
    }
  });
});

describe('openAudioStream', () => {
  test('passes notes and parts on', async () => {
    const notes: string[] = [];
    const bytes = readFixture('stereo.mp3').subarray(0, 2500);
    const stream = await openAudioStream(bytes, {
      decoders: codecs,
      onNote: (note) => notes.push(note),
      start: 0.05,
    });
    let length = 0;
    for await (const block of stream) length += block.length;
    expect(length).toBeGreaterThan(1000);
    expect(notes).toEqual(['the file ends too early: what is there was decoded.']);
  });

  test.each(codecs.map((codec): [string, SoundDecoder] => [codec.name, codec]))(
    'takes %s alone',
    async (name, codec) => {
      const file = { mp3: 'mono.mp3', flac: 'mono.flac', vorbis: 'mono-vorbis.ogg', opus: 'mono-opus.ogg' }[
        name
      ]!;
      const stream = await openAudioStream(fixturePath(file), { decoders: [codec] });
      let length = 0;
      for await (const block of stream) length += block.length;
      expect(length).toBeGreaterThan(8900);
    },
  );
});
