// Files that cost their makers little and would cost their readers much. Whatever the file, it is read or refused
// soon, others get their turn meanwhile, and a refusal is a few words.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import {
  averageCheckpoints,
  convertCheckpoint,
  inspectCheckpoint,
  memoryDirectory,
  openCheckpoint,
  quantizeModel,
} from '@audiozoo/converters';
import { AudiozooError, bytesSource, type FileStore } from '@audiozoo/core';
import { describe, expect, test } from 'vitest';
import { hostileCheckpoints } from '../../../testing/hostile/checkpoints.js';
import { hostileConfigs, hostileIndexes } from '../../../testing/hostile/directories.js';
import { hostileSafetensors } from '../../../testing/hostile/safetensors.js';
import { processorTime } from '../../../testing/processor-time.js';

/** Of the processor, since machines are shared: a second, and as much again as a loaded machine makes of it. */
const mostMilliseconds = 4000;
const mostCharacters = 1000;

const digits = join(import.meta.dirname, '../../../models/spoken-digits');
const models = [ast];

/** What `read` throws, after it was quick about it; undefined when it throws nothing. */
async function outcomeOf(read: () => Promise<unknown>): Promise<AudiozooError | undefined> {
  const began = processorTime();
  const error: unknown = await read().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(processorTime() - began).toBeLessThan(mostMilliseconds);
  if (error === undefined) return undefined;
  if (!AudiozooError.isInstance(error)) throw error;
  expect(error.message.length).toBeLessThan(mostCharacters);
  return error;
}

/** Every tensor of a file, chunk by chunk. */
async function readAll(bytes: Uint8Array): Promise<void> {
  const { tensors } = await openCheckpoint(bytesSource(bytes, 'model.pth'));
  for (const tensor of tensors.values()) for await (const _ of tensor.chunks());
}

describe('a checkpoint', () => {
  test.each([...hostileCheckpoints, ...hostileSafetensors])(
    'with $name is read or refused soon',
    async (file) => {
      const bytes = file.make();
      const error = await outcomeOf(() => inspectCheckpoint(bytesSource(bytes, 'model.pth'), { models }));
      if (!file.refusal) expect(error).toBeUndefined();
      else expect(error?.message).toMatch(file.refusal);
    },
  );

  test('whose many tensors are views of one deflated storage is inflated once', async () => {
    const { make } = hostileCheckpoints.find(({ name }) => name.startsWith('many views of one deflated'))!;
    const bytes = make();
    expect(await outcomeOf(() => readAll(bytes))).toBeUndefined();
  });

  test('of repeated views that come to gigabytes is not written out', async () => {
    const { make } = hostileCheckpoints.find(({ name }) => name.startsWith('six numbers'))!;
    const bytes = make();
    let written = 0;
    const output = {
      create: async () => ({
        async write(chunk: Uint8Array) {
          written += chunk.length;
        },
        async close() {},
      }),
      async commit() {},
      async abort() {},
    };
    const sources = ['a.pth', 'b.pth'].map((name) => bytesSource(bytes, name));
    const error = await outcomeOf(() => averageCheckpoints(sources, { output }));
    expect(error?.message).toMatch(/repeats itself/);
    expect(written).toBeLessThan(100_000_000);
  });

  test('stops at once when its reader is told to', async () => {
    for (const name of ['numbers only', '100,000 tensors']) {
      const { make } = [...hostileCheckpoints, ...hostileSafetensors].find((file) => file.name === name)!;
      const source = bytesSource(make(), name);
      const controller = new AbortController();
      let aborted = 0;
      setTimeout(() => {
        aborted = processorTime();
        controller.abort(new Error('enough'));
      }, 20);
      await expect(openCheckpoint(source, { signal: controller.signal })).rejects.toThrow('enough');
      expect(processorTime() - aborted).toBeLessThan(1000);
    }
  });
});

describe('a model directory', () => {
  const config = JSON.parse(readFileSync(join(digits, 'config.json'), 'utf8')) as Record<string, unknown>;
  const storeOf = (files: Readonly<Record<string, string | Uint8Array>>): FileStore => ({
    name: 'model',
    async open(name) {
      if ('model.safetensors.index.json' in files && name === 'model.safetensors') return undefined;
      const content = files[name];
      if (typeof content === 'string') return bytesSource(new TextEncoder().encode(content), name);
      if (content) return bytesSource(content, name);
      return /^(config|preprocessor_config)\.json$|^model\.safetensors$/.test(name)
        ? bytesSource(readFileSync(join(digits, name)), name)
        : undefined;
    },
  });

  test.each([...hostileConfigs(config), ...hostileIndexes])(
    'with $name is refused soon',
    async (directory) => {
      const store = storeOf(directory.files());
      const output = memoryDirectory();
      const error = await outcomeOf(() => convertCheckpoint(store, { models, output, dtype: 'float32' }));
      expect(error?.message).toMatch(directory.refusal);
      const again = await outcomeOf(() => quantizeModel(store, { models, output, dtype: 'int8' }));
      expect(again?.message).toBe(error?.message);
    },
  );
});
