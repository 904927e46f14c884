import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { type ExportTritonOptions, exportTriton } from '@audiozoo/converters';
import { openModelDirectory } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { conformanceCases } from '@audiozoo/core/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

const digits = join(import.meta.dirname, '../../../models/spoken-digits');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audiozoo-triton-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function exported(
  options: Partial<ExportTritonOptions> = {},
  model = ast as Parameters<typeof exportTriton>[0],
) {
  const directory = await openModelDirectory(await openFiles(digits));
  const given = { out: join(folder, 'new', 'repository'), name: 'digits', ...options };
  return exportTriton(model, directory, given).finally(() => directory.weights.close());
}

test('an aborted export leaves nothing, not even the repository that was made for it', async () => {
  const reason = new Error('changed my mind');
  const controller = new AbortController();
  const stopped = exported({ signal: controller.signal, onProgress: () => controller.abort(reason) });
  await expect(stopped).rejects.toBe(reason);
  expect(await readdir(folder)).toEqual([]);
});

test('nothing stands in the repository under its name before it is whole', async () => {
  const seen: Promise<string[]>[] = [];
  await exported({ out: folder, onProgress: () => seen.push(readdir(folder)) });
  expect(seen.length).toBeGreaterThan(0);
  expect((await Promise.all(seen)).at(0)!.filter((name) => !name.endsWith('.partial'))).toEqual([]);
  expect(await readdir(folder)).toEqual(['digits']);
});

test('a model that hears no sound itself is refused', async () => {
  const { model } = conformanceCases[0]!;
  await expect(exported({}, model)).rejects.toMatchObject({ code: 'argument' });
  expect(await readdir(folder)).toEqual([]);
});

test.each(['', '.hidden', 'a/b', '..', 'a b'])('the name %j is refused', async (name) => {
  await expect(exported({ name })).rejects.toMatchObject({ code: 'argument', option: 'name' });
  expect(await readdir(folder)).toEqual([]);
});
