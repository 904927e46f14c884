// A model that was saved without the layer that gives labels.

import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { type LoadedModel, tensor } from '@audiozoo/core';
import { audioClassifier, classifyMany, type LocalClassifier, loadClassifier } from '@audiozoo/tasks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const fixtures = join(import.meta.dirname, '../../ast/test/fixtures');
const clip = join(fixtures, 'hugging-face/clip.wav');
const options = { models: [ast], backend: onnxruntimeNode({ device: 'cpu' }) };
const noHead = { code: 'model', message: expect.stringContaining('this model has no head') };

let model: LocalClassifier;
beforeAll(async () => {
  model = await loadClassifier(join(fixtures, 'transformers-5/base'), { ...options, outputs: ['rollout'] });
});
afterAll(() => model.dispose());

describe('a model without a head', () => {
  test('embeds as the model with one does', async () => {
    const whole = await loadClassifier(join(fixtures, 'hugging-face/whole'), options);
    const expected = await whole.embed(clip).finally(() => whole.dispose());
    const embedding = await model.embed(clip);
    const difference = Math.max(...embedding.map((value, index) => Math.abs(value - expected[index]!)));
    expect(difference).toBeLessThan(1e-5);
  });

  test('gives its other outputs, and features', async () => {
    const outputs = await model.outputs(clip, ['rollout', 'embedding']);
    expect(Object.keys(outputs).sort()).toEqual(['embedding', 'rollout']);
    expect((await model.features(clip)).shape[1]).toBe(48);
  });

  test('has no labels, and says so when it is asked for them', async () => {
    expect(model.labels).toEqual([]);
    await expect(model.classify(clip)).rejects.toMatchObject(noHead);
    await expect(model.classify(clip, { aggregate: 'mean' })).rejects.toMatchObject(noHead);
    await expect(model.logits([clip])).rejects.toMatchObject(noHead);
    await expect(model.outputs(clip, ['logits'])).rejects.toMatchObject(noHead);
    for await (const { error } of classifyMany(model, [clip])) expect(error).toMatchObject(noHead);
  });

  test('embeds from sound inside the graph as well', async () => {
    const inside = await loadClassifier(join(fixtures, 'transformers-5/base'), {
      ...options,
      input: 'waveform',
    });
    const [theirs, ours] = [await model.embed(clip), await inside.embed(clip)];
    await inside.dispose();
    expect(Math.max(...ours.map((value, index) => Math.abs(value - theirs[index]!)))).toBeLessThan(1e-3);
  });
});

test('a plug-in may say nothing of labels: its models embed, and tell none apart', async () => {
  const { labels: _, problemType: __, ...embedder } = ast;
  const embedding = await loadClassifier(join(fixtures, 'transformers-5/base'), {
    ...options,
    models: [embedder],
  });
  expect(await embedding.embed(clip)).toEqual(await model.embed(clip));
  expect(embedding.labels).toEqual([]);
  await expect(embedding.classify(clip)).rejects.toMatchObject(noHead);
  await embedding.dispose();
});

test('outputs along time come as they are, of one clip and with their steps', async () => {
  const steps = Float32Array.from({ length: 6 }, (_, index) => index);
  const tagging = {
    ...ast,
    outputs: () => ({ perStep: { shape: [3, 2], secondsPerStep: 0.04 } }),
  };
  const loaded: LoadedModel = {
    device: 'none',
    run: async () => ({ perStep: tensor('float32', [1, 3, 2], steps) }),
    dispose: async () => {},
  };
  const config = { melBins: 32, frames: 100, mean: 0, std: 1, sampleRate: 16000, labels: [] };
  const { outputs } = audioClassifier(tagging, config, loaded);
  expect(await outputs(clip, ['perStep'])).toEqual({ perStep: tensor('float32', [1, 3, 2], steps) });
});

test('a directory in the names of transformers 5 classifies as the older one does', async () => {
  const scores = async (name: string) => {
    const classifier = await loadClassifier(join(fixtures, name), options);
    return (await classifier.logits([clip]).finally(() => classifier.dispose())).data;
  };
  const [older, newer] = [await scores('hugging-face/whole'), await scores('transformers-5/whole')];
  newer.forEach((value, index) => {
    expect(Math.abs(value - older[index]!)).toBeLessThan(1e-5);
  });
});
