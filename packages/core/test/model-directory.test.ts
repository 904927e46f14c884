import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  AudiozooError,
  bytesSource,
  type FileStore,
  openModelDirectory,
  readTensor,
  tensor,
} from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { readJson } from '@audiozoo/core/plugin';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { safetensorsFile } from './safetensors-file.js';

const a = tensor('float32', [2], Float32Array.of(1, 2));
const b = tensor('float16', [1], Uint16Array.of(0x3c00));

type Content = string | Uint8Array<ArrayBuffer>;
const config = '{ "model_type": "toy" }';
const whole: Record<string, Content> = {
  'config.json': config,
  'model.safetensors': safetensorsFile({ a, b }),
};
const sharded: Record<string, Content> = {
  'config.json': config,
  'model.safetensors.index.json': JSON.stringify({
    metadata: { total_size: 10 },
    weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' },
  }),
  'model-00001-of-00002.safetensors': safetensorsFile({ a }),
  'model-00002-of-00002.safetensors': safetensorsFile({ b }),
};

/** Files in memory that remember which are open. */
function memoryStore(files: Readonly<Record<string, Content>>): FileStore & { readonly opened: Set<string> } {
  const contents = new Map(Object.entries(files));
  const opened = new Set<string>();
  return {
    name: 'memory',
    opened,
    async open(name) {
      const content = contents.get(name);
      if (content === undefined) return undefined;
      opened.add(name);
      return {
        ...bytesSource(typeof content === 'string' ? new TextEncoder().encode(content) : content, name),
        async close() {
          opened.delete(name);
        },
      };
    },
  };
}

async function expectTensors(files: FileStore): Promise<void> {
  const directory = await openModelDirectory(files);
  expect(directory.config).toEqual({ model_type: 'toy' });
  const { tensors } = directory.weights;
  expect([...tensors.keys()].sort()).toEqual(['a', 'b']);
  expect(await readTensor(tensors.get('a')!)).toEqual(a);
  expect(await readTensor(tensors.get('b')!)).toEqual(b);
  await directory.weights.close();
}

async function expectRefused(files: Record<string, Content>, message: string | RegExp): Promise<void> {
  const store = memoryStore(files);
  const error = await openModelDirectory(store).catch((thrown: unknown) => thrown);
  expect(AudiozooError.isInstance(error)).toBe(true);
  expect(String(error)).toMatch(message);
  expect([...store.opened]).toEqual([]);
}

describe("a model directory's feature extractor", () => {
  const preprocessorOf = async (files: Record<string, Content>) => {
    const directory = await openModelDirectory(memoryStore({ ...whole, ...files }));
    await directory.weights.close();
    return directory.preprocessorConfig;
  };
  const nested = {
    'processor_config.json': '{ "processor_class": "P", "feature_extractor": { "mean": 2 } }',
  };

  test.each<[string, Record<string, Content>, unknown]>([
    ['preprocessor_config.json', { 'preprocessor_config.json': '{ "mean": 1 }' }, { mean: 1 }],
    ['what processor_config.json nests', nested, { mean: 2 }],
    [
      'what it nests as audio_processor',
      { 'processor_config.json': '{ "audio_processor": { "mean": 3 } }' },
      { mean: 3 },
    ],
    [
      'a processor_config.json that is one itself',
      { 'processor_config.json': '{ "feature_extractor_type": "E", "mean": 4 }' },
      { feature_extractor_type: 'E', mean: 4 },
    ],
    ['none, where a processor has none', { 'processor_config.json': '{ "tokenizer": {} }' }, undefined],
    ['the older file of two', { 'preprocessor_config.json': '{ "mean": 1 }', ...nested }, { mean: 1 }],
  ])('is %s', async (_, files, expected) => {
    expect(await preprocessorOf(files)).toEqual(expected);
  });
});

describe("JSON of Python's", () => {
  const configOf = async (text: string) => {
    const directory = await openModelDirectory(memoryStore({ ...whole, 'config.json': text }));
    await directory.weights.close();
    return directory.config;
  };

  test('has numbers that are none', async () => {
    const text = '{ "a": NaN, "b": [Infinity, -Infinity, 1], "c": { "d": NaN }, "e": "NaN, \\"Infinity\\"" }';
    expect(await configOf(text)).toEqual({
      a: Number.NaN,
      b: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1],
      c: { d: Number.NaN },
      e: 'NaN, "Infinity"',
    });
  });

  test.each(['{ "a": nan }', '{ "a": NaNs }', '{ "a": "NaN }', '{ NaN: 1 }', '{ "a": --Infinity }', 'NaN'])(
    'is refused where it is none: %s',
    async (text) => {
      await expect(configOf(text)).rejects.toMatchObject({ code: 'model' });
    },
  );
});

describe('a model directory', () => {
  test.each([
    ['in one file', whole],
    ['in shards', sharded],
  ])('opens with weights %s, and closes every file', async (_, files) => {
    const store = memoryStore(files);
    await expectTensors(store);
    expect([...store.opened]).toEqual([]);
  });

  test('prefers the one file when there are both', async () => {
    await expectTensors(memoryStore({ ...sharded, ...whole, 'model-00001-of-00002.safetensors': 'broken' }));
  });

  test('has a preprocessor config or none', async () => {
    const mean = { 'preprocessor_config.json': '{ "mean": -4.27 }' };
    const read = async (files: Record<string, Content>) =>
      (await openModelDirectory(memoryStore(files))).preprocessorConfig;
    expect(await read({ ...whole, ...mean })).toEqual({ mean: -4.27 });
    expect(await read(whole)).toBeUndefined();
  });

  test.each(['config.json', 'model.safetensors'])('without %s says which file is not there', async (name) => {
    const { [name]: _, ...rest } = whole;
    await expectRefused(rest, `memory is not a model directory: ${name} is not there`);
  });

  test('without a shard says which', async () => {
    const { 'model-00002-of-00002.safetensors': _, ...rest } = sharded;
    await expectRefused(rest, 'model-00002-of-00002.safetensors is not there');
  });

  test.each([
    '../model.safetensors',
    '/etc/x.safetensors',
    'a/b.safetensors',
    'model.bin',
    '',
    3,
    null,
    ['a'],
  ])('refuses an index that names the file %j', async (file) => {
    const index = JSON.stringify({ weight_map: { a: file } });
    await expectRefused(
      { ...sharded, 'model.safetensors.index.json': index },
      'names a file outside its folder',
    );
  });

  test.each(['{}', '{ "weight_map": [] }', '{ "weight_map": null }', '{ "weight_map": "x" }'])(
    'refuses the index %s',
    async (index) => {
      await expectRefused({ ...sharded, 'model.safetensors.index.json': index }, 'has no weight_map');
    },
  );

  test('refuses an index that puts a tensor into another file', async () => {
    const [first, second] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    const index = JSON.stringify({ weight_map: { a: second, b: first } });
    await expectRefused({ ...sharded, 'model.safetensors.index.json': index }, /disagree on tensor "b"/);
  });

  test('refuses an index with a tensor that no file holds', async () => {
    const index = JSON.stringify({
      weight_map: { a: 'model-00001-of-00002.safetensors', c: 'model-00001-of-00002.safetensors' },
    });
    await expectRefused(
      { ...sharded, 'model.safetensors.index.json': index },
      'tensor "c" stands in the index',
    );
  });

  test.each([
    ['<!doctype html>', 'config.json is not JSON'],
    ['[1]', 'config.json does not hold an object'],
    ['null', 'config.json does not hold an object'],
    ['', 'config.json is not JSON'],
  ])('refuses the config %j', async (text, message) => {
    await expectRefused({ ...whole, 'config.json': text }, message);
  });

  test('refuses a config of absurd size before reading it', async () => {
    const store: FileStore = {
      name: 'memory',
      open: async () => ({
        ...bytesSource(new Uint8Array(0)),
        size: 1e12,
        read: () => Promise.reject(new Error('was read')),
      }),
    };
    await expect(openModelDirectory(store)).rejects.toThrow('config.json is too large');
  });

  test('reads a tokenizer of 50,000 words with its merges, which is larger than any config', async () => {
    const words = Array.from({ length: 50_000 }, (_, index) => [`word ${index}`, index] as const);
    const json = { vocab: Object.fromEntries(words), merges: words.map(([word]) => [word, word]) };
    const bytes = new TextEncoder().encode(JSON.stringify(json, undefined, 2));
    const store: FileStore = { name: 'memory', open: async () => bytesSource(bytes) };
    expect(await readJson(store, 'tokenizer.json')).toEqual(json);
  });
});

describe('a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'audiozoo-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function write(files: Record<string, Content>, into = folder): Promise<void> {
    await mkdir(into, { recursive: true });
    for (const [name, content] of Object.entries(files)) await writeFile(join(into, name), content);
  }

  test.each([
    ['in one file', whole],
    ['in shards', sharded],
  ])('opens with weights %s, by path and by URL', async (_, files) => {
    await write(files);
    await expectTensors(await openFiles(folder));
    await expectTensors(await openFiles(pathToFileURL(folder)));
  });

  test('of symlinks, as Hugging Face’s cache is, opens and tells where the files really lie', async () => {
    const [blobs, snapshot] = [join(folder, 'blobs'), join(folder, 'snapshots', '0a1b')];
    await write(whole, blobs);
    await mkdir(snapshot, { recursive: true });
    for (const name of Object.keys(whole))
      await symlink(join('..', '..', 'blobs', name), join(snapshot, name));
    await symlink(snapshot, join(folder, 'link'));
    const files = await openFiles(join(folder, 'link'));
    await expectTensors(files);
    const source = await files.open('model.safetensors');
    expect(source?.path).toMatch(/\/blobs\/model\.safetensors$/);
    await source?.close();
  });

  test.each(['../secret', '/etc/hostname', 'a/b', '.', '..'])('never opens %j', async (name) => {
    const error = await (await openFiles(folder)).open(name).catch((thrown: unknown) => thrown);
    expect(AudiozooError.isInstance(error, 'file')).toBe(true);
  });

  test('that is none, or is not there, is refused', async () => {
    await write(whole);
    for (const location of [join(folder, 'nowhere'), join(folder, 'config.json')]) {
      await expect(openFiles(location)).rejects.toThrow(`${location} is not a folder`);
    }
  });
});

test('dropped files open like a folder', async () => {
  const files = Object.entries(sharded).map(([name, content]) => new File([content], name));
  await expectTensors(await openFiles(files));
});
