// A model whose weights are damaged, so that it puts out NaN or infinity: nobody gets labels of it.

import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { AudiozooError } from '@audiozoo/core';
import { readAudio } from '@audiozoo/features/audio';
import {
  classifyMany,
  connectClassifier,
  ensemble,
  hearEvents,
  type LocalClassifier,
  listen,
  loadClassifier,
  serveClassifier,
} from '@audiozoo/tasks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const model = join(import.meta.dirname, '../../../models/spoken-digits');
const clip = join(model, 'clips/7_seven.wav');
const options = { models: [ast], backend: onnxruntimeNode({ device: 'cpu' }) };

/** The bundled model with one of the head's biases, and one of the norm before it, spoilt: a folder. */
async function spoilt(float16: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'audiozoo-spoilt-'));
  for (const name of ['config.json', 'preprocessor_config.json']) {
    await copyFile(join(model, name), join(folder, name));
  }
  const weights = await readFile(join(model, 'model.safetensors'));
  const headerBytes = Number(weights.readBigUInt64LE(0));
  const header = JSON.parse(weights.toString('utf8', 8, 8 + headerBytes));
  for (const name of ['classifier.dense.bias', 'audio_spectrogram_transformer.layernorm.bias']) {
    expect(header[name].dtype).toBe('F16');
    weights.writeUInt16LE(float16, 8 + headerBytes + header[name].data_offsets[0]);
  }
  await writeFile(join(folder, 'model.safetensors'), weights);
  return folder;
}

describe.each([
  ['NaN', 0x7e00],
  ['infinity', 0x7c00],
])('a model that puts out %s', (_, bits) => {
  let folder: string;
  let classifier: LocalClassifier;
  beforeAll(async () => {
    folder = await spoilt(bits);
    classifier = await loadClassifier(folder, options);
  });
  afterAll(async () => {
    await classifier.dispose();
    await rm(folder, { recursive: true });
  });

  async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
    const taken: T[] = [];
    for await (const value of values) taken.push(value);
    return taken;
  }
  const inputs = async () =>
    classifier.frontEnd.inputs([(await readAudio(clip, { resampleTo: 16000 })).samples]);

  test.each<[string, () => Promise<unknown>]>([
    ['classify', () => classifier.classify(clip)],
    ['classify by windows', () => classifier.classify(clip, { aggregate: 'mean' })],
    ['classifyInputs', async () => classifier.classifyInputs(await inputs())],
    ['embed', () => classifier.embed(clip)],
    ['hearEvents', () => all(hearEvents(classifier, clip))],
    ['listen', async () => all(listen(classifier, await pieces()))],
    ['an ensemble', () => ensemble([classifier, classifier]).classify(clip)],
    [
      'classifyMany',
      async () => {
        const [first, second] = await all(classifyMany(classifier, [clip, clip]));
        expect(second!.error).toBeDefined();
        throw first!.error;
      },
    ],
    [
      'a classifier in a worker',
      async () => {
        const { port1, port2 } = new MessageChannel();
        try {
          serveClassifier(options, port2);
          await (await connectClassifier(port1).load(folder)).classify(clip);
        } finally {
          port1.close();
          port2.close();
        }
      },
    ],
  ])('is told of by %s as a runtime error', async (_, ask) => {
    const error = await ask().then(
      () => expect.unreachable('it gave labels'),
      (thrown: unknown) => thrown,
    );
    expect(AudiozooError.isInstance(error, 'runtime'), String(error)).toBe(true);
    expect(error).toMatchObject({
      what: "the model's output is not finite",
      hint: expect.stringContaining('weights may be damaged'),
    });
  });

  async function pieces() {
    const { samples, sampleRate } = await readAudio(clip);
    return {
      sampleRate,
      async *[Symbol.asyncIterator]() {
        yield samples;
      },
    };
  }
});
