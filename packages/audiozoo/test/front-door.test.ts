// The package as its users meet it: by its name, in Node. In a page: chromium.test.ts.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import type { Tensor } from '@audiozoo/core';
import { referenceBackend } from '@audiozoo/core/testing';
import {
  AudiozooError,
  classify,
  loadClassifier,
  loadWordReader,
  models,
  zeroShotClassifier,
} from 'audiozoo';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { serveHub } from '../../../testing/hub.js';

const model = join(import.meta.dirname, '../../../models/spoken-digits');
const clip = join(model, 'clips/7_seven.wav');

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'audiozoo-cache-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

test('a model needs nothing but its name', async () => {
  const { env } = await serveHub(model);
  const own = { ...env, HF_HOME: cache, HF_HUB_OFFLINE: '', no_proxy: '*' };
  for (const [name, value] of Object.entries(own)) vi.stubEnv(name, value);
  const classifier = await loadClassifier('me/model');
  expect((await classifier.classify(clip))[0]!.label).toBe('seven');
  await classifier.dispose();
});

test('sound is told by words, read at once or beforehand', async () => {
  const clap = join(import.meta.dirname, '../../clap/test/fixtures/clap');
  const sound = join(clap, 'speech_3s_48k.wav');
  const labels = ['a dog barking', 'speech'];
  const scoresBy = async (options: { template: string } | { words: Tensor<'float32'> }) => {
    const classifier = await zeroShotClassifier(join(clap, 'fused'), { labels, device: 'cpu', ...options });
    const told = await classifier.classify(sound).finally(() => classifier.dispose());
    return told.map(({ label, score }) => [label, score]);
  };
  const reader = await loadWordReader(join(clap, 'fused'), { device: 'cpu' });
  const { scaled: words } = await reader.read(labels).finally(() => reader.dispose());
  expect(await scoresBy({ words })).toEqual(await scoresBy({ template: '{}' }));
});

test("options of the backend are the place's own, and undefined ones are absent", async () => {
  const classifier = await loadClassifier(model, {
    device: 'cpu',
    threads: 1,
    workers: 0,
    decoders: undefined,
  });
  expect(classifier.device).toContain('1 thread');
  expect(classifier.decoders!.length).toBeGreaterThan(0);
  await classifier.dispose();
});

test('every package of a model comes along, by the model_type that its plug-in reads', async () => {
  const packages = join(import.meta.dirname, '../..');
  const names = readdirSync(packages).filter((name) => existsSync(join(packages, name, 'src/zoo.ts')));
  expect(names).toContain('ast');
  const loaded = await Promise.all(models.map(({ load }) => load()));
  const plugins = await Promise.all(names.map(async (name) => (await import(`@audiozoo/${name}`))[name]));
  expect(new Set(loaded)).toEqual(new Set(plugins));
  expect(models.map(({ type }) => type)).toEqual(loaded.map(({ type }) => type));
});

test('models and a backend can be passed in', async () => {
  const classifier = await loadClassifier(model, { models: [models[0]!], backend: referenceBackend() });
  expect(classifier.device).not.toContain('onnxruntime');
  await classifier.dispose();
});

test('one sound is one call, whose model is freed', async () => {
  const backend = onnxruntimeNode({ device: 'cpu', workers: 0 });
  const dispose = vi.fn();
  const watched = {
    ...backend,
    async load(...given: Parameters<typeof backend.load>) {
      const loaded = await backend.load(...given);
      return { ...loaded, dispose: () => loaded.dispose().then(dispose) };
    },
  };
  const labels = await classify(clip, { model, topK: 2, backend: watched, input: 'waveform', hop: 0.5 });
  expect(labels.map(({ label }) => label)).toEqual(['seven', expect.any(String)]);
  expect(dispose).toHaveBeenCalledOnce();
  await expect(classify(join(cache, 'absent.wav'), { model, backend: watched })).rejects.toThrow(
    'absent.wav',
  );
  expect(dispose).toHaveBeenCalledTimes(2);
});

test.each([
  ['an option that there is not', { topk: 3 }, 'Did you mean `topK`?'],
  ['a device that there is not', { device: 'tpu' }, 'no such device'],
  [
    'an option of a backend that is passed in',
    { backend: referenceBackend(), threads: 2 },
    'threads is an option',
  ],
])('%s is refused', async (_, options, message) => {
  const error = await classify(clip, { model, ...options } as never).catch((thrown: unknown) => thrown);
  expect(AudiozooError.isInstance(error, 'argument'), String(error)).toBe(true);
  expect(String(error)).toContain(message);
});

test('the command comes along', async () => {
  const bin = join(import.meta.dirname, '../bin/audiozoo.js');
  const { stdout } = await promisify(execFile)(process.execPath, [bin, 'models']);
  expect(stdout).toContain('audioset_10_10_0.4593');
});
