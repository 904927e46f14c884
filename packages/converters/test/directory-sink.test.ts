import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertCheckpoint, directorySink } from '@audiozoo/converters';
import { bytesSource } from '@audiozoo/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { models, toyCheckpoint } from './toy-model.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audiozoo-'));
});
afterEach(() => rm(folder, { recursive: true }));

const convertTo = (path: string, onProgress?: () => void, signal?: AbortSignal) =>
  convertCheckpoint(bytesSource(toyCheckpoint(), 'toy.pth'), {
    models,
    output: directorySink(path),
    onProgress,
    signal,
  });

test('a converted directory appears with its three files and nothing beside it', async () => {
  await convertTo(join(folder, 'toy'));
  expect(await readdir(folder)).toEqual(['toy']);
  expect((await readdir(join(folder, 'toy'))).sort()).toEqual([
    'config.json',
    'model.safetensors',
    'preprocessor_config.json',
  ]);
});

test('nothing stands in its place before it is whole', async () => {
  const seen: string[][] = [];
  const reading: Promise<unknown>[] = [];
  await convertTo(join(folder, 'toy'), () => reading.push(readdir(folder).then((names) => seen.push(names))));
  await Promise.all(reading);
  expect(seen.length).toBeGreaterThan(0);
  expect(seen[0]!.every((name) => name.endsWith('.partial'))).toBe(true);
});

test('an empty folder is taken', async () => {
  await mkdir(join(folder, 'toy'));
  await convertTo(join(folder, 'toy'));
  expect(await readdir(join(folder, 'toy'))).toContain('config.json');
});

test.each(['a folder with a file in it', 'a file'])('%s is refused and left as it is', async (kind) => {
  const place = join(folder, 'toy');
  const file = kind === 'a file' ? place : join(place, 'mine.txt');
  if (file !== place) await mkdir(place);
  await writeFile(file, 'mine');
  await expect(convertTo(place)).rejects.toMatchObject({ code: 'file' });
  expect(await readFile(file, 'utf8')).toBe('mine');
  expect(await readdir(folder)).toEqual(['toy']);
});

test('after an abort nothing is left, not even the folders above', async () => {
  const controller = new AbortController();
  const converting = convertTo(join(folder, 'models/new/toy'), () => controller.abort(), controller.signal);
  await expect(converting).rejects.toMatchObject({ name: 'AbortError' });
  expect(await readdir(folder)).toEqual([]);
});

test('folders that others use stay after an abort', async () => {
  await mkdir(join(folder, 'models'));
  await writeFile(join(folder, 'models/other.txt'), '');
  const controller = new AbortController();
  const converting = convertTo(join(folder, 'models/toy'), () => controller.abort(), controller.signal);
  await expect(converting).rejects.toMatchObject({ name: 'AbortError' });
  expect(await readdir(join(folder, 'models'))).toEqual(['other.txt']);
});

test('a place that cannot be written is a file error', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(convertTo(join(folder, 'file/toy'))).rejects.toMatchObject({ code: 'file' });
});
