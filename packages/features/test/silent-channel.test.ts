// A channel that is silent while another sounds: whoever hears it is told, once, and hears what was asked for.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AudioSource,
  openAudioStream,
  type ReadAudioOptions,
  readAudio,
} from '@audiozoo/features/audio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wav16 } from '../../../testing/wav-file.js';

const sampleRate = 16_000;
const seconds = 3;

/** A WAV file of tones, as loud as told for each channel; 1 is full scale. */
function tones(...levels: readonly number[]): Uint8Array {
  const values = new Int16Array(seconds * sampleRate * levels.length);
  for (let index = 0; index < values.length; index++) {
    const frame = Math.floor(index / levels.length);
    values[index] = Math.round(32_767 * levels[index % levels.length]! * Math.sin(frame / 5));
  }
  return wav16(values, { channels: levels.length });
}

const surround = tones(0, 0, 0.5, 0, 0, 0);

async function notesOf(source: AudioSource, options: ReadAudioOptions = {}): Promise<string[]> {
  const notes: string[] = [];
  await readAudio(source, { ...options, onNote: (note) => notes.push(note) });
  return notes;
}

const remark = (name: string, taken: number, loudest: number) =>
  `${name} is silent in channel ${taken}, which is heard, and loudest in channel ${loudest}: ` +
  `choose \`channel\` ${loudest}, or \`channel\` mean for all of them.`;

describe('is told of, with the loudest and how to hear it', () => {
  test.each([
    ['the first of 5.1, whose voice is in the third', surround, {}, 0, 2],
    ['the first of two', tones(0, 0.5), {}, 0, 1],
    ['the second of two, where that one was chosen', tones(0.5, 0), { channel: 1 }, 1, 0],
    ['one beside several that sound', tones(0, 0.1, 0.3, 0.2), {}, 0, 2],
    ['noise 62 dB below another', tones(0.0004, 0.5), {}, 0, 1],
    ['silence beside what is almost silent', tones(0, 0.0005), {}, 0, 1],
  ] as const)('%s', async (_, file, options, taken, loudest) => {
    expect(await notesOf(file, options)).toEqual([remark('the file', taken, loudest)]);
    expect(await notesOf(file, { ...options, resampleTo: 8000 })).toHaveLength(1);
  });

  test('in memory', async () => {
    const [left, right] = [new Float32Array(1000), new Float32Array(1000).fill(0.5)];
    expect(await notesOf({ channels: [left, right], sampleRate })).toEqual([remark('the sound', 0, 1)]);
  });

  test('in the part that is heard', async () => {
    const left = Float32Array.from({ length: 2 * sampleRate }, (_, index) => (index < sampleRate ? 0 : 0.5));
    const source = { channels: [left, left.toReversed()], sampleRate };
    expect(await notesOf(source)).toEqual([]);
    expect(await notesOf(source, { duration: 1 })).toEqual([remark('the sound', 0, 1)]);
    expect(await notesOf(source, { start: 1 })).toEqual([]);
  });

  test('at the end of a stream, once', async () => {
    const notes: string[] = [];
    let pieces = 0;
    for await (const piece of await openAudioStream(surround, { onNote: (note) => notes.push(note) })) {
      expect([piece.every((sample) => sample === 0), notes]).toEqual([true, []]);
      pieces++;
    }
    expect(pieces).toBeGreaterThan(5);
    expect(notes).toEqual([remark('the file', 0, 2)]);
  });

  test('where a stream is broken off, of what was read', async () => {
    const notes: string[] = [];
    for await (const _ of await openAudioStream(surround, { onNote: (note) => notes.push(note) })) break;
    expect(notes).toEqual([remark('the file', 0, 2)]);
  });
});

describe('nothing is said', () => {
  test.each([
    ['where both sound', tones(0.3, 0.5), {}],
    ['where one is quiet, 57 dB below the other', tones(0.0007, 0.5), {}],
    ['where one sounds at the end alone', withEnd(tones(0, 0.5)), {}],
    ['of a mono file that is silent', tones(0), {}],
    ['where all are silent', tones(0, 0, 0), {}],
    ['of the mean of all', surround, { channel: 'mean' }],
    ['where the one that sounds was chosen', surround, { channel: 2 }],
  ] as const)('%s', async (_, file, options) => {
    expect(await notesOf(file, options)).toEqual([]);
  });

  test('where the file cannot be read', async () => {
    const notes: string[] = [];
    const options = { onNote: (note: string) => notes.push(note), start: 10 };
    await expect(readAudio(surround, options)).rejects.toMatchObject({ code: 'argument' });
    expect(notes).toEqual([]);
  });
});

test('what is heard is the same, whoever is told', async () => {
  for (const file of [surround, tones(0.3, 0.5)]) {
    expect(await readAudio(file, { onNote: () => {} })).toEqual(await readAudio(file));
  }
});

/** The same file, whose last frame is loud in all channels. */
function withEnd(file: Uint8Array): Uint8Array {
  const loud = file.slice();
  new DataView(loud.buffer).setInt16(loud.length - 4, 9000, true);
  return loud;
}

describe.runIf(spawnSync('ffmpeg', ['-version']).status === 0)('by ffmpeg (needs ffmpeg)', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'audiozoo-test-'));
    writeFileSync(join(folder, 'surround.wav'), surround);
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each(['flac', 'm4a', 'ac3'])('is told of in %s', async (ending) => {
    const path = join(folder, `surround.${ending}`);
    const input = join(folder, 'surround.wav');
    execFileSync('ffmpeg', ['-nostdin', '-y', '-v', 'error', '-i', input, '-ar', '48000', path]);
    expect(await notesOf(path)).toEqual([remark(path, 0, 2)]);
    expect(await notesOf(readFileSync(path))).toEqual([remark('the file', 0, 2)]);
    expect(await notesOf(path, { channel: 2 })).toEqual([]);
  });
});
