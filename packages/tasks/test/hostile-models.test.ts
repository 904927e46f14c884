// Model directories that ask for more than there is: refused before anything is built of them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { AudiozooError, bytesSource, type FileStore } from '@audiozoo/core';
import { referenceBackend } from '@audiozoo/core/testing';
import { loadClassifier } from '@audiozoo/tasks';
import { expect, test } from 'vitest';
import { hostileConfigs, hostileIndexes } from '../../../testing/hostile/directories.js';
import { processorTime } from '../../../testing/processor-time.js';

const digits = join(import.meta.dirname, '../../../models/spoken-digits');
const config = JSON.parse(readFileSync(join(digits, 'config.json'), 'utf8')) as Record<string, unknown>;
const options = { models: [ast], backend: referenceBackend() };

/** The bundled model with other files in place of some. */
function storeOf(files: Readonly<Record<string, string | Uint8Array>>): FileStore {
  const isSharded = 'model.safetensors.index.json' in files;
  return {
    name: 'model',
    async open(name) {
      const content = files[name];
      if (typeof content === 'string') return bytesSource(new TextEncoder().encode(content), name);
      if (content) return bytesSource(content, name);
      const isOwn = name.endsWith('config.json') || (name === 'model.safetensors' && !isSharded);
      return isOwn && name !== 'processor_config.json'
        ? bytesSource(readFileSync(join(digits, name)), name)
        : undefined;
    },
  };
}

test.each([...hostileConfigs(config), ...hostileIndexes])(
  'one with $name is refused in a few words',
  async ({ files, refusal }) => {
    const began = processorTime();
    const error: unknown = await loadClassifier(storeOf(files()), options).catch((thrown: unknown) => thrown);
    expect(processorTime() - began).toBeLessThan(4000);
    expect(AudiozooError.isInstance(error)).toBe(true);
    expect((error as AudiozooError).message).toMatch(refusal);
    expect((error as AudiozooError).message.length).toBeLessThan(1000);
  },
);

test('loading hears the signal while it reads', async () => {
  const { files } = hostileIndexes.find(({ name }) => name.startsWith('an index of'))!;
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('enough')), 20);
  const loading = loadClassifier(storeOf(files()), { ...options, signal: controller.signal });
  await expect(loading).rejects.toThrow('enough');
});
