import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wavFile } from '../../../testing/wav-file.js';
import { clipsOnDisk, cutClips, type DataSetOnDisk } from '../src/files.js';

const sampleRate = 8000;
let folder: string;
const ramp = (seconds: number) =>
  new Uint8Array(
    Float32Array.from({ length: seconds * sampleRate }, (_, index) => index / (10 * sampleRate)).buffer,
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audiozoo-cut-'));
  for (const [name, seconds] of [
    ['short', 0.9],
    ['long', 2.3],
    ['longer', 2.6],
  ] as const) {
    await writeFile(
      join(folder, `${name}.wav`),
      wavFile(ramp(seconds), { format: 'float', bits: 32, sampleRate }),
    );
  }
  await writeFile(join(folder, 'broken.wav'), 'no sound');
});
afterAll(() => rm(folder, { recursive: true }));

const of = (...clips: readonly { readonly file: string; readonly start?: number; readonly end?: number }[]) =>
  ({
    labels: [{ name: 'bird' }],
    clips: clips.map((clip) => ({ ...clip, labels: [0], fold: 3, path: join(folder, clip.file) })),
  }) satisfies DataSetOnDisk;

const parts = async (data: DataSetOnDisk) => {
  const { clips } = await cutClips(data, { seconds: 1 });
  expect(clips.every(({ labels, fold }) => labels[0] === 0 && fold === 3)).toBe(true);
  return clips.map(({ file, start, end }) => [file, start, end && Number(end.toFixed(6))]);
};

test('what is longer is windows side by side, and a rest of half a window or more', async () => {
  expect(await parts(of({ file: 'short.wav' }, { file: 'long.wav' }, { file: 'longer.wav' }))).toEqual([
    ['short.wav', undefined, undefined],
    ['long.wav', 0, 1],
    ['long.wav', 1, 2],
    ['longer.wav', 0, 1],
    ['longer.wav', 1, 2],
    ['longer.wav', 2, 2.6],
  ]);
});

test('a part of a file is cut within that part', async () => {
  const start = 0.5;
  expect(await parts(of({ file: 'long.wav', start, end: 2.2 }, { file: 'long.wav', start: 1.9 }))).toEqual([
    ['long.wav', 0.5, 1.5],
    ['long.wav', 1.5, 2.2],
    ['long.wav', 1.9, undefined],
  ]);
});

test('windows sound as that part of the recording does', async () => {
  const cut = await cutClips(of({ file: 'long.wav' }), { seconds: 1 });
  const { clips } = await clipsOnDisk(cut);
  const second = await clips[1]!.sound(sampleRate, {});
  expect(second.length).toBe(sampleRate);
  expect(second[0]).toBeCloseTo(0.1, 4);
});

test('what cannot be read stays, for the one who hears it to refuse', async () => {
  expect(await parts(of({ file: 'broken.wav' }))).toEqual([['broken.wav', undefined, undefined]]);
  await expect(cutClips(of(), { seconds: 0 })).rejects.toThrow('clips cannot be cut so');
});
