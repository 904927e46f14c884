// Words and sound through a worker, as a page asks for them.

import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { clap } from '@audiozoo/clap';
import { connectClassifier, type MessageEndpoint, serveClassifier } from '@audiozoo/tasks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { difference } from '../../../testing/golden-files.js';
import { cases, golden, referencePath } from './golden-cases.js';

const [example] = cases;
const { port1, port2 } = new MessageChannel();
const connection = connectClassifier(port2 as unknown as MessageEndpoint);

beforeAll(async () => {
  const backend = onnxruntimeNode({ device: 'cpu' });
  serveClassifier({ models: [clap], backend }, port1 as unknown as MessageEndpoint);
});
afterAll(() => {
  connection.close();
  port1.close();
});

test('reads words as transformers does, in a template and without', async () => {
  const model = await connection.load(referencePath(example!.directory));
  const raw = await model.readWords(example!.texts, { template: '{}' });
  expect(difference(raw.embedding.data, await golden(example!.textEmbeds))).toBeLessThan(5e-5);
  const label = await model.readWords(['rain on a tin roof']);
  const whole = await model.readWords(['This is a sound of rain on a tin roof.'], { template: '{}' });
  expect(label.embedding.data).toEqual(whole.embedding.data);
  await expect(model.readWords([])).rejects.toMatchObject({ code: 'argument', option: 'texts' });
  await model.dispose();
  await expect(model.readWords(['a'])).rejects.toMatchObject({ code: 'disposed' });
});

test('says what is missing to read words, and hears all the same', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'audiozoo-clap-'));
  for (const name of ['config.json', 'preprocessor_config.json', 'model.safetensors'])
    await copyFile(referencePath(`${example!.directory}/${name}`), join(folder, name));
  const model = await connection.load(folder);
  await expect(model.readWords(['a dog'])).rejects.toMatchObject({
    code: 'file',
    details: { missing: 'tokenizer' },
  });
  const silence = { samples: new Float32Array(48_000), sampleRate: 48_000 };
  expect(await model.embed(silence)).toHaveLength((await golden(example!.audioEmbeds)).shape[1]!);
  await model.dispose();
  await rm(folder, { recursive: true });
});
