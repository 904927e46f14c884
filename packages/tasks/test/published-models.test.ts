// Models by the names that they are published under.

import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import type { ZooEntry } from '@audiozoo/core';
import { type LoadClassifierOptions, loadClassifier } from '@audiozoo/tasks';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { file, serve } from '../../../testing/http-handlers.js';
import { commit, serveHub } from '../../../testing/hub.js';

const digits = join(import.meta.dirname, '../../../models/spoken-digits');
const clip = join(digits, 'clips/7_seven.wav');
const trained = join(import.meta.dirname, 'fixtures/spoken-digits');
const checkpoint = readFileSync(join(trained, 'spoken-digits.pth'));
const { labels, mean, std } = JSON.parse(readFileSync(join(trained, 'spoken-digits.json'), 'utf8')) as {
  labels: string[];
  mean: number;
  std: number;
};
const backend = onnxruntimeNode({ device: 'cpu' });
const converters = () => import('@audiozoo/converters');

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'audiozoo-cache-'));
  vi.stubEnv('AUDIOZOO_CACHE', join(cache, 'audiozoo'));
  vi.stubEnv('HF_HOME', join(cache, 'huggingface'));
  vi.stubEnv('HF_HUB_OFFLINE', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

async function best(name: string, options: Partial<LoadClassifierOptions> = {}): Promise<string> {
  const classifier = await loadClassifier(name, { models: [ast], backend, ...options });
  try {
    return (await classifier.classify(clip))[0]!.label;
  } finally {
    await classifier.dispose();
  }
}

function published(entry: Partial<ZooEntry>): Partial<LoadClassifierOptions> {
  return { models: [{ ...ast, zoo: [{ name: 'digits', description: '', figures: {}, ...entry }] }] };
}

function publishedCheckpoint(url: string, sha256 = createHash('sha256').update(checkpoint).digest('hex')) {
  const settings = { fstride: 16, tstride: 16, frames: 128, mean, std };
  const conversion = { labels: labels.map((name) => ({ name })), settings };
  return published({ checkpoint: { url: `${url}digits.pth?dl=1`, sha256, conversion } });
}

test('a repository of the hub classifies, and again without a network', async () => {
  const { env, server } = await serveHub(digits);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  expect(await best('me/model')).toBe('seven');
  const asked = server.requests.length;
  vi.stubEnv('HF_HUB_OFFLINE', '1');
  expect(await best(`me/model@${commit}`)).toBe('seven');
  expect(await best('digits', published({ repository: 'me/model' }))).toBe('seven');
  expect(server.requests).toHaveLength(asked);
});

test('a published checkpoint is converted once, and kept as the directory that it became', async () => {
  const { url, requests } = await serve(file(checkpoint));
  const options = publishedCheckpoint(url);
  const stages = new Set<string>();
  const onProgress = ({ from }: { from: string }) => void stages.add(from);
  expect(await best('digits', { ...options, converters, onProgress })).toBe('seven');
  expect([...stages]).toEqual(['network', 'checkpoint']);
  const asked = requests.length;
  expect(await best('digits', { ...options, converters })).toBe('seven');
  expect(requests).toHaveLength(asked);
  expect(readdirSync(join(cache, 'audiozoo/files'))).toEqual([]);
  const [folder, ...others] = readdirSync(join(cache, 'audiozoo/models'));
  expect([folder, others]).toEqual([expect.stringMatching(/^digits-/), []]);
});

test('a published checkpoint whose checksum differs is not used', async () => {
  const { url } = await serve(file(checkpoint));
  const options = publishedCheckpoint(url, '0'.repeat(64));
  await expect(best('digits', { ...options, converters })).rejects.toThrow(/SHA-256 0000/);
});

test('a published checkpoint needs somebody who converts it', async () => {
  await expect(best('digits', publishedCheckpoint('http://127.0.0.1:1/'))).rejects.toThrow(
    /digits has to be converted first.*`converters`/,
  );
});
