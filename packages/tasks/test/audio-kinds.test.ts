// Whatever a clip comes in, the model says of it what it says of its file: here, in a worker, in an ensemble, by windows.

import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { AudiozooError } from '@audiozoo/core';
import { type Audio, createResampler } from '@audiozoo/features';
import { readAudio, type SoundDecoder } from '@audiozoo/features/audio';
import {
  type AudioOptions,
  type AudioSource,
  classifyMany,
  connectClassifier,
  type Ensemble,
  ensemble,
  hearEvents,
  type LocalClassifier,
  loadClassifier,
  type RemoteClassifier,
  serveClassifier,
} from '@audiozoo/tasks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const model = join(import.meta.dirname, '../../../models/spoken-digits');
const clip = join(model, 'clips/7_seven.wav');
const options = { models: [ast], backend: onnxruntimeNode({ device: 'cpu' }) };

let classifier: LocalClassifier;
let remote: RemoteClassifier;
let together: Ensemble;
let ports: MessageChannel;
let bytes: Buffer;
let audio: Audio;
let integers: Int16Array;
beforeAll(async () => {
  classifier = await loadClassifier(model, options);
  ports = new MessageChannel();
  serveClassifier(options, ports.port2);
  remote = await connectClassifier(ports.port1).load(model);
  together = ensemble([classifier, remote]);
  bytes = await readFile(clip);
  audio = await readAudio(clip);
  integers = Int16Array.from(audio.samples, (sample) => sample * 32768);
});
afterAll(async () => {
  await together.dispose();
  ports.port1.close();
  ports.port2.close();
});

type Case = [kind: string, sound: () => AudioSource, options: () => AudioOptions];
const own = () => ({ sampleRate: audio.sampleRate });
const none = () => ({});
const kinds: Case[] = [
  ['a Response', () => new Response(new Uint8Array(bytes)), none],
  ['a ReadableStream', () => new Blob([new Uint8Array(bytes)]).stream(), none],
  ['a stream of Node', () => createReadStream(clip), none],
  ['an ArrayBuffer', () => new Uint8Array(bytes).buffer, none],
  ['a Buffer', () => bytes, none],
  ['a Blob', () => new Blob([new Uint8Array(bytes)]), none],
  ['samples', () => audio, none],
  ['a Float32Array', () => audio.samples, own],
  ['a Float64Array', () => Float64Array.from(audio.samples), own],
  ['an Int16Array', () => integers, own],
  ['an Int32Array', () => Int32Array.from(integers, (value) => value << 16), own],
  ['a list of numbers', () => [...audio.samples], own],
  ['16-bit samples', () => ({ samples: integers, sampleRate: audio.sampleRate }), none],
  [
    'the second of two channels',
    () => ({ channels: [new Int16Array(integers.length), integers], sampleRate: audio.sampleRate }),
    () => ({ channel: 1 }),
  ],
  ['channels by themselves', () => [audio.samples, new Float32Array(audio.samples.length)], own],
  [
    'an AudioBuffer',
    () => ({ sampleRate: audio.sampleRate, numberOfChannels: 1, getChannelData: () => audio.samples }),
    none,
  ],
];

describe.each(kinds)('a clip that comes as %s', (_, sound, given) => {
  test('has the scores of its file', async () => {
    const expected = await classifier.classify(clip);
    expect(expected[0]!.label).toBe('seven');
    for (const heard of [classifier, remote]) {
      expect(await heard.classify(sound(), given())).toEqual(expected);
      expect(await heard.embed(sound(), given())).toEqual(await classifier.embed(clip));
      expect(await heard.features(sound(), given())).toEqual(await classifier.features(clip));
      expect(await heard.logits([sound()], given())).toEqual(await classifier.logits([clip]));
    }
    expect(await together.classify(sound(), given())).toEqual(await together.classify(clip));
    for await (const { labels, error } of classifyMany(classifier, [sound()], given())) {
      expect(error).toBeUndefined();
      expect(labels).toEqual(expected);
    }
  });

  test('is heard by windows as its file', async () => {
    const windows = { window: 0.3, aggregate: 'none' } as const;
    expect(await classifier.classify(sound(), { ...given(), ...windows })).toEqual(
      await classifier.classify(clip, windows),
    );
    const events = async (input: AudioSource, more: AudioOptions = {}) => {
      const found = [];
      for await (const event of hearEvents(classifier, input, { window: 0.5, ...more })) found.push(event);
      return found;
    };
    expect(await events(sound(), given())).toEqual(await events(clip));
  });
});

test('samples stay the caller’s', async () => {
  const before = integers.slice();
  await remote.classify(integers, own());
  await remote.logits([audio.samples], own());
  expect(integers).toEqual(before);
  expect(audio.samples.length).toBe(before.length);
});

test('`sampleRate` is for samples by themselves: elsewhere it would say something wrong, or nothing', async () => {
  for (const sound of [clip, audio]) {
    const error = await classifier.classify(sound, { sampleRate: 16000 }).catch((thrown) => thrown);
    expect(AudiozooError.isInstance(error, 'argument'), String(error)).toBe(true);
    expect(error.message).toContain('is for samples that come by themselves');
  }
});

describe('decoders', () => {
  /** Says of everything that it is the clip, and that something is wrong with it. */
  const opened: string[] = [];
  const stubborn: SoundDecoder = {
    name: 'stubborn',
    formats: ['FLAC'],
    async open(source, { onNote }) {
      opened.push(source.name);
      onNote?.('a frame is damaged');
      const { samples, sampleRate } = audio;
      return {
        sampleRate,
        channels: 1,
        async *blocks(first, end) {
          yield samples.subarray(first, end);
        },
        async close() {},
      };
    },
  };
  const flac = new Blob(['fLaC', new Uint8Array(100)]);

  test('and notes go with a call', async () => {
    const expected = await classifier.classify(clip);
    for (const heard of [classifier, remote, together]) {
      const notes: string[] = [];
      const given = { decoders: [stubborn], onNote: (note: string) => notes.push(note) };
      expect((await heard.classify(flac, given))[0]!.label).toBe('seven');
      expect((await heard.classify(flac, { ...given, aggregate: 'mean' }))[0]!.label).toBe('seven');
      expect((await heard.logits([flac], given)).shape).toEqual([1, 12]);
      expect(notes).toEqual(new Array(3).fill('a frame is damaged'));
    }
    for await (const { labels } of classifyMany(classifier, [flac], { decoders: [stubborn] })) {
      expect(labels).toEqual(expected);
    }
  });

  test.each([{}, { autoLength: true }])('that a model is loaded with serve every call: %j', async (more) => {
    const local = await loadClassifier(model, { ...options, ...more, decoders: [stubborn] });
    const there = await connectClassifier(ports.port1).load(model, { ...more, decoders: [stubborn] });
    for (const heard of [local, there, ensemble([local, there])]) {
      opened.length = 0;
      expect((await heard.classify(flac))[0]!.label).toBe('seven');
      await heard.classify(flac, { hop: 1 });
      await heard.logits([flac]);
      for await (const { error } of classifyMany(heard, [flac])) expect(error).toBeUndefined();
      for await (const event of hearEvents(heard, flac)) expect(event.label).toBeDefined();
      expect(opened).toHaveLength(5);
    }
    await Promise.all([local.dispose(), there.dispose()]);
  });
});

test('pieces of integers are refused, since nobody knows their scale', () => {
  const resampler = createResampler(8000, 16000);
  expect(() => resampler.push(integers as never)).toThrow(/expected a Float32Array .* got an Int16Array/);
});
