// Everything that sound may come in gives the samples of the file that it came from.

import { createReadStream, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { AudiozooError, type ErrorCode } from '@audiozoo/core';
import { type Audio, toMono } from '@audiozoo/features';
import {
  type AudioSource,
  openAudioStream,
  type ReadAudioOptions,
  readAudio,
} from '@audiozoo/features/audio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FileServer, serveFiles } from '../../../testing/file-server.js';
import { wav16 } from '../../../testing/wav-file.js';

const rate = 16000;
const integers = Int16Array.from({ length: 5000 }, (_, index) => 20000 * Math.sin(index * index * 1e-4));
const amplitudes = Float32Array.from(integers, (value) => value / 32768);
const file = new Uint8Array(wav16([...integers], { sampleRate: rate }));
const left = amplitudes.subarray(0, 2000);
const right = amplitudes.subarray(2000, 4000);

let folder: string;
let path: string;
let server: FileServer;
/** A folder of its own for temporary files, so that only this test's are in it. */
const usualTemporaryFolder = process.env.TMPDIR;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audiozoo-sources-'));
  path = join(folder, 'a.wav');
  await writeFile(path, file);
  server = await serveFiles();
  server.files.set('/a.wav', file);
  process.env.TMPDIR = await mkdtemp(join(folder, 'temporary-'));
});
afterAll(async () => {
  if (usualTemporaryFolder === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = usualTemporaryFolder;
  await server.close();
  await rm(folder, { recursive: true });
});

const litter = () => readdirSync(process.env.TMPDIR!);

function streamOf(...chunks: unknown[]): ReadableStream {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

async function refusal(read: Promise<unknown>, code: ErrorCode): Promise<AudiozooError> {
  const error = await read.then(
    () => expect.unreachable('it was read'),
    (thrown: unknown) => thrown,
  );
  expect(AudiozooError.isInstance(error, code), String(error)).toBe(true);
  return error as AudiozooError;
}

const halves = [file.subarray(0, 3001), file.subarray(3001)];

describe('a sound file', () => {
  test.each<[string, () => AudioSource | Promise<AudioSource>]>([
    ['a path', () => path],
    ['a file: URL', () => pathToFileURL(path)],
    ['an http address', () => `${server.url}/a.wav`],
    ['an http URL', () => new URL('/a.wav', server.url)],
    ['a Blob', () => new Blob([file])],
    ['a File', () => new File([file], 'a.wav')],
    ['a Uint8Array', () => file],
    ['a part of a larger Uint8Array', () => new Uint8Array([0, ...file, 0]).subarray(1, -1)],
    ['a Uint8ClampedArray', () => new Uint8ClampedArray(file)],
    ['a Buffer', () => Buffer.from(file)],
    ['an ArrayBuffer', () => file.slice().buffer],
    ['a DataView', () => new DataView(file.slice().buffer)],
    [
      'a SharedArrayBuffer',
      () => {
        const shared = new SharedArrayBuffer(file.length);
        new Uint8Array(shared).set(file);
        return shared;
      },
    ],
    ['a Response', () => new Response(file)],
    ['a Response of a server', () => fetch(`${server.url}/a.wav`)],
    ['a ReadableStream', () => streamOf(...halves)],
    ['a ReadableStream of ArrayBuffers', () => streamOf(...halves.map((half) => half.slice().buffer))],
    ['the stream of a Blob', () => new Blob([file]).stream()],
    ['a stream of Node', () => createReadStream(path, { highWaterMark: 1000 })],
    ['a Readable', () => Readable.from(halves)],
    [
      'an async generator',
      async function* () {
        yield* halves;
      } as () => AudioSource,
    ],
  ])('may be %s', async (_, source) => {
    const given = await source();
    expect(await readAudio(given)).toEqual({ samples: amplitudes, sampleRate: rate });
    expect(litter()).toEqual([]);
  });

  test('leaves no temporary file behind when a stream is given up', async () => {
    const stream = await openAudioStream(streamOf(file));
    expect(litter()).toHaveLength(1);
    for await (const _ of stream) break;
    expect(litter()).toEqual([]);
  });
});

describe('an address', () => {
  test('that a server does not know, or that no server answers, is a file error that names it', async () => {
    const unknown = await refusal(readAudio(`${server.url}/b.wav`), 'file');
    expect(unknown.message).toContain(`the server does not give ${server.url}/b.wav: got 404`);
    const nobody = await refusal(readAudio('http://127.0.0.1:9/a.wav'), 'file');
    expect(nobody.message).toContain('http://127.0.0.1:9/a.wav cannot be fetched');
    expect(litter()).toEqual([]);
  });

  test('whose connection breaks is a file error, and leaves nothing behind', async () => {
    server.manners = { breakAfter: 3001 };
    await refusal(readAudio(`${server.url}/a.wav`), 'file');
    server.manners = {};
    expect(litter()).toEqual([]);
  });
});

describe('a stream of a file', () => {
  test('that breaks off is a file error with its reason', async () => {
    const broken = new Error('connection reset');
    const stream = Readable.from(
      (async function* () {
        yield halves[0];
        throw broken;
      })(),
    );
    const error = await refusal(readAudio(stream), 'file');
    expect(error.message).toContain('the stream broke off: got Error: connection reset');
    expect(error.cause).toBe(broken);
    expect(litter()).toEqual([]);
  });

  test('that never ends hears the signal at once, and is left', async () => {
    let cancel = () => {};
    const cancelled = new Promise<void>((resolve) => {
      cancel = resolve;
    });
    const stream = new ReadableStream({ cancel });
    const controller = new AbortController();
    const reading = readAudio(stream, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await expect(reading).rejects.toThrow('enough');
    await cancelled;
    expect(litter()).toEqual([]);
  });

  test.each([
    ['that somebody else reads', () => ({ getReader() {}, locked: true }), 'has been read already'],
    [
      'of text',
      () => streamOf('RIFF'),
      'the stream does not give bytes: expected a Uint8Array at a time, got "RIFF"',
    ],
    ['of numbers', () => Readable.from([1, 2]), 'the stream does not give bytes'],
  ])('%s is an argument error', async (_, source, words) => {
    expect((await refusal(readAudio(source() as AudioSource), 'argument')).message).toContain(words);
    expect(litter()).toEqual([]);
  });

  test('of nothing is no sound', async () => {
    await refusal(readAudio(streamOf()), 'audio');
    await refusal(readAudio(new Response()), 'audio');
  });

  test('is refused when a server gave something else', async () => {
    const error = await refusal(readAudio(await fetch(`${server.url}/b.wav`)), 'file');
    expect(error.message).toContain(`the server does not give ${server.url}/b.wav: got 404`);
    const used = new Response(file);
    await used.arrayBuffer();
    expect((await refusal(readAudio(used), 'argument')).message).toContain('read already');
  });
});

describe('sound in memory', () => {
  const bytes = Int8Array.from(integers, (value) => value >> 8);
  test.each<[string, unknown, ArrayLike<number>]>([
    ['a Float32Array', amplitudes, amplitudes],
    ['a Float64Array', Float64Array.from(amplitudes), amplitudes],
    ['a list of numbers', [...amplitudes], amplitudes],
    ['an Int16Array', integers, amplitudes],
    ['an Int32Array', Int32Array.from(integers, (value) => value << 16), amplitudes],
    ['an Int8Array', bytes, Array.from(bytes, (value) => value / 128)],
    [
      'a Uint8Array',
      Uint8Array.from(bytes, (value) => value + 128),
      Array.from(bytes, (value) => value / 128),
    ],
    ['a list of one channel', [amplitudes], amplitudes],
  ])('may be %s', async (_, samples, expected) => {
    const audio = await readAudio({ samples, sampleRate: rate } as AudioSource);
    expect(audio).toEqual({ samples: Float32Array.from(expected), sampleRate: rate });
  });

  const buffer = {
    sampleRate: rate,
    numberOfChannels: 2,
    getChannelData: (channel: number) => [left, right][channel]!,
  };
  const audioData = {
    sampleRate: rate,
    numberOfChannels: 2,
    numberOfFrames: left.length,
    copyTo(destination: Float32Array, { planeIndex, format }: { planeIndex: number; format: string }) {
      expect(format).toBe('f32-planar');
      destination.set([left, right][planeIndex]!);
    },
  };
  test.each<[string, AudioSource]>([
    ['channels', { channels: [left, right], sampleRate: rate }],
    ['samples that are channels', { samples: [left, right], sampleRate: rate }],
    [
      'channels of integers',
      { channels: [integers.subarray(0, 2000), integers.subarray(2000, 4000)], sampleRate: rate },
    ],
    ['an AudioBuffer', buffer],
    ['AudioData', audioData],
  ])('may have several channels, as %s', async (_, source) => {
    for (const channel of [undefined, 0, 1, 'mean'] as const) {
      const { samples } = await readAudio(source, { channel });
      expect(samples).toEqual(toMono([left, right], channel));
    }
    await refusal(readAudio(source, { channel: 2 }), 'argument');
  });

  test('is cut and resampled as a file is', async () => {
    const options: ReadAudioOptions = { start: 0.1, duration: 0.1, resampleTo: 8000 };
    const expected: Audio = await readAudio(file, options);
    expect(await readAudio({ samples: integers, sampleRate: rate }, options)).toEqual(expected);
  });
});

describe('what is no sound', () => {
  const tensor = { dtype: 'float32', shape: [98, 128], data: new Float32Array(98 * 128) };
  test.each<[unknown, string]>([
    [undefined, 'expected a path or address, a Blob, the bytes of a file'],
    [null, 'got null'],
    [7, 'got 7'],
    [{}, 'got an empty object'],
    [Promise.resolve('a.wav'), 'got a Promise. Await it first.'],
    [() => 'a.wav', 'got a function'],
    [Symbol('a'), 'got Symbol(a)'],
    [amplitudes, 'got a Float32Array. Pass `{ samples, sampleRate }`'],
    [integers, 'got an Int16Array. Pass `{ samples, sampleRate }`'],
    [new Uint16Array(8), 'got a Uint16Array. Pass `{ samples, sampleRate }`'],
    [[0, 0.5], 'got a list of 2. Pass `{ samples, sampleRate }`'],
    [tensor, 'go to `classifyInputs`'],
    [{ getAudioTracks() {} }, 'Use `listen` for a microphone.'],
    [{ audio: amplitudes, sampling_rate: 16000 }, 'Pass `{ samples, sampleRate }`.'],
    [{ samples: amplitudes }, 'samples say nothing without their rate'],
    [{ samples: 'abc', sampleRate: rate }, 'these are not samples'],
    [{ samples: null, sampleRate: rate }, 'got null'],
    [{ samples: [null], sampleRate: rate }, 'got null'],
    [
      { samples: [0, '1'], sampleRate: rate },
      'sample 1 is not a number: expected a list of numbers, got "1"',
    ],
    [{ samples: new BigInt64Array(9), sampleRate: rate }, 'got a BigInt64Array'],
    [{ samples: new Uint16Array(9), sampleRate: rate }, 'got a Uint16Array'],
    [{ samples: new ArrayBuffer(9), sampleRate: rate }, 'got an ArrayBuffer'],
    [{ samples: Buffer.alloc(9), sampleRate: rate }, 'got a Buffer. Pass the bytes of a file by themselves'],
    [{ channels: 2, sampleRate: rate }, 'these channels are no sound: expected a list of channels, got 2'],
    [{ channels: [], sampleRate: rate }, 'expected 1 to 256 channels'],
    [
      { channels: [left, amplitudes], sampleRate: rate },
      'expected channels of one length, got 2000 and 5000',
    ],
    [{ channels: [left], samples: left, sampleRate: rate }, 'has both'],
  ])('is an argument error that says what is: %o', async (source, words) => {
    const error = await refusal(readAudio(source as AudioSource), 'argument');
    expect(error.message).toContain(words);
  });

  test.each([0, Number.NaN, '16000', 1e9, null])('is sound at %o hertz', async (sampleRate) => {
    await refusal(readAudio({ samples: left, sampleRate } as AudioSource), 'audio');
  });

  test.each([[[]], [new Float32Array(0)], [[Number.NaN]], [Float64Array.of(1e300)]])(
    'is empty, or not finite: %o',
    async (samples) => {
      await refusal(readAudio({ samples, sampleRate: rate }), 'audio');
    },
  );
});
