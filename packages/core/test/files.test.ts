import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AudiozooError } from '@audiozoo/core';
import { openFile } from '@audiozoo/core/files';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as browser from '../src/files/browser.js';

const content = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audiozoo-'));
  path = join(folder, 'file.bin');
  await writeFile(path, content);
});
afterAll(() => rm(folder, { recursive: true }));

describe('a file in Node', () => {
  test('reads by range, by path and by URL', async () => {
    for (const location of [path, pathToFileURL(path)]) {
      const source = await openFile(location);
      expect(source.size).toBe(1000);
      expect(await source.read(300, 200)).toEqual(content.slice(300, 500));
      await source.close();
    }
  });

  test('serves concurrent reads each their own range', async () => {
    const source = await openFile(path);
    const reads = await Promise.all([0, 900, 450].map((offset) => source.read(offset, 100)));
    expect(reads).toEqual([0, 900, 450].map((offset) => content.slice(offset, offset + 100)));
    await source.close();
  });

  test.each([
    ['one that is not there', () => join(folder, 'nothing'), 'is not there'],
    ['a folder', () => folder, 'is not a file: expected a file, got a folder'],
    ['one below a file', () => join(path, 'below'), 'cannot be opened'],
  ])('is refused when it is %s', async (_, location, message) => {
    const error = await openFile(location()).catch((thrown: unknown) => thrown);
    expect(AudiozooError.isInstance(error, 'file')).toBe(true);
    expect(String(error)).toContain(message);
  });

  test.skipIf(process.platform === 'win32')('is refused at once when it is a pipe or a device', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const link = join(folder, 'link');
    await symlink(pipe, link);
    for (const [location, kind] of [
      [pipe, 'a pipe'],
      [link, 'a pipe'],
      ['/dev/zero', 'a device or socket'],
    ] as const) {
      const error = await openFile(location).catch((thrown: unknown) => thrown);
      expect(AudiozooError.isInstance(error, 'file')).toBe(true);
      expect(String(error)).toContain(`${location} is not a file: expected a file, got ${kind}`);
    }
  });

  test('that is cut short while open gives an error, never zeros', async () => {
    const cut = join(folder, 'cut.bin');
    await writeFile(cut, content);
    const source = await openFile(cut);
    await truncate(cut, 10);
    const error = await source.read(0, 100).catch((thrown: unknown) => thrown);
    expect(AudiozooError.isInstance(error, 'file')).toBe(true);
    expect(String(error)).toContain('ends too early: expected bytes 0 to 100, got 10 bytes in all');
    await source.close();
  });
});

describe('files in a browser', () => {
  test('come as Blobs', async () => {
    const source = await browser.openFile(new Blob([content]));
    expect(await source.read(300, 200)).toEqual(content.slice(300, 500));
  });

  test('never come by path', async () => {
    for (const open of [() => browser.openFile('a.bin'), () => browser.openFiles(new URL('file:///a'))]) {
      const error = await open().catch((thrown: unknown) => thrown);
      expect(AudiozooError.isInstance(error, 'argument')).toBe(true);
      expect(String(error)).toContain('cannot be opened in a browser');
    }
  });

  test('are found by name among those chosen', async () => {
    const files = await browser.openFiles([new File([content], 'a.bin')]);
    expect((await files.open('a.bin'))?.size).toBe(1000);
    expect(await files.open('b.bin')).toBeUndefined();
  });
});
