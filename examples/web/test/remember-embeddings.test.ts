import { type AnyModel, type Backend, type Inputs, tensor, type Weights } from '@audiozoo/core';
import { expect, test } from 'vitest';
import { rememberEmbeddings } from '../src/teach/remember-embeddings.js';

/** A backend that says what was asked of it. */
function watched(): { readonly backend: Backend; readonly asked: string[] } {
  const asked: string[] = [];
  const backend: Backend = {
    name: 'watched',
    async load() {
      asked.push('load');
      return {
        device: 'here',
        async run(inputs, { outputs = ['all'] } = {}) {
          asked.push(`run ${inputs.sound!.data[0]} for ${outputs}`);
          return { embedding: tensor('float32', [1, 1], Float32Array.of(inputs.sound!.data[0] as number)) };
        },
        async dispose() {
          asked.push('dispose');
        },
      };
    },
  };
  return { backend, asked };
}

const model = (frames: number) => ({ inputs: () => ({ sound: { shape: [frames] } }) }) as unknown as AnyModel;
const weights = {} as Weights;
const sound = (value: number): Inputs => ({ sound: tensor('float32', [1, 1], Float32Array.of(value)) });
const asEmbedding = { outputs: ['embedding'] };

test('a clip is heard once, whatever the head, and other outputs are worked out each time', async () => {
  const { backend, asked } = watched();
  const remembering = rememberEmbeddings(backend);
  for (const labels of [2, 3]) {
    const loaded = await remembering.load(model(1), weights, { config: { labels } });
    const { embedding } = await loaded.run(sound(5), asEmbedding);
    expect(embedding!.data[0]).toBe(5);
    await loaded.run(sound(5), { outputs: ['logits'] });
    await loaded.dispose();
  }
  expect(asked).toEqual(['load', 'run 5 for embedding', 'run 5 for logits', 'run 5 for logits']);
});

test('another clip, and a model of another size, are heard anew', async () => {
  const { backend, asked } = watched();
  const remembering = rememberEmbeddings(backend);
  const loaded = await remembering.load(model(1), weights, { config: {} });
  await loaded.run(sound(5), asEmbedding);
  await loaded.run(sound(6), asEmbedding);
  await remembering.load(model(2), weights, { config: {} });
  expect(asked).toEqual(['load', 'run 5 for embedding', 'run 6 for embedding', 'load']);
});

test('what is forgotten is freed, and heard again', async () => {
  const { backend, asked } = watched();
  const remembering = rememberEmbeddings(backend);
  const hear = async () => {
    const loaded = await remembering.load(model(1), weights, { config: {} });
    await loaded.run(sound(5), asEmbedding);
  };
  await hear();
  await remembering.forget();
  await hear();
  expect(asked).toEqual(['load', 'run 5 for embedding', 'dispose', 'load', 'run 5 for embedding']);
});
