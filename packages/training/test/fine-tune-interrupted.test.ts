// A training that is interrupted goes on where it was, and ends with the same bits.

import { expect, test } from 'vitest';
import {
  type FineTuned,
  type FineTuneOptions,
  fineTune,
  memoryFolder,
  type Recipe,
  type TrainingFolder,
  type TrainingProgress,
} from '../src/index.js';
import { bytesOf, cpu, headRecipe, models, quick, type TinyName, tinyDirectory, tones } from './tones.js';

const train = tones(0, 2);
const validation = tones(100, 1);
/** Six steps of two micro-batches, and all that is random. */
const short: Recipe = {
  ...{ ...quick, epochs: 3, batchSize: 3, sampling: 'balanced' },
  augmentation: {
    ...{ mixup: { rate: 0.5, concentration: 10 }, gain: { decibels: 6 }, shift: { seconds: 0.1 } },
    ...{ masks: { frequency: 8, time: 8 }, noise: { most: 0.1 }, roll: { back: 2, ahead: 2 } },
  },
};

async function training(name: TinyName, options: Partial<FineTuneOptions> = {}) {
  const from = await tinyDirectory(name);
  return (out: TrainingFolder, more: Partial<FineTuneOptions> = {}) =>
    fineTune({
      ...{ from, models, backend: cpu(), out, train, validation, recipe: short, microBatch: 2 },
      ...{ trainable: 'all', ...options, ...more },
    });
}

/** But for what no two runs have in common. */
const told = ({ seconds: _, hears: __, clips: ___, ...rest }: FineTuned) => rest;

/** Runs it again and again, each time aborted at the next progress that is `at`, until it gets to its end. */
async function interrupted(
  run: Awaited<ReturnType<typeof training>>,
  out: TrainingFolder,
  at: (progress: TrainingProgress) => boolean,
) {
  for (let times = 0; ; times++) {
    const stop = new AbortController();
    const reason = new Error('enough for now');
    let count = 0;
    const onProgress = (progress: TrainingProgress) => {
      if (at(progress) && ++count === 1) stop.abort(reason);
    };
    try {
      return { times, result: await run(out, { signal: stop.signal, onProgress }) };
    } catch (error) {
      if (error !== reason) throw error;
    }
  }
}

test.each([
  ['the best epoch', 'ast', {}],
  ['averaged epochs', 'ast', { recipe: { ...short, averagedEpochs: [2, 3] } }],
  ['adapters', 'ced', { trainable: 'lora:2' }],
  [
    'batch norms and what they heard',
    'mn',
    { trainable: 'last:1', recipe: { ...short, epochs: 1, batchNorms: 'trained' } },
  ],
  ['what others are derived of', 'mn', { trainable: 'last:1', recipe: { ...short, epochs: 1 } }],
] as const)('after each step: %s', async (_, name, options) => {
  const run = await training(name, options);
  const [once, often] = [memoryFolder(), memoryFolder()];
  const expected = await run(once);
  const { times, result } = await interrupted(run, often, ({ phase }) => phase === 'training');
  expect(times).toBe(2 * expected.recipe.epochs);
  expect(told(result)).toEqual(told(expected));
  expect(await bytesOf(often, 'model.safetensors')).toEqual(await bytesOf(once, 'model.safetensors'));
});

test('after each step of a head, judged by the weights that were best', async () => {
  const run = await training('ced', { trainable: 'head', recipe: { ...headRecipe, epochs: 5 } });
  const [once, often] = [memoryFolder(), memoryFolder()];
  const expected = await run(once);
  const { result } = await interrupted(run, often, ({ phase }) => phase === 'training');
  expect(told(result)).toEqual(told(expected));
  expect(await bytesOf(often, 'model.safetensors')).toEqual(await bytesOf(once, 'model.safetensors'));
});

test.each(['survey', 'embedding', 'judging', 'epoch'] as const)('at: %s', async (phase) => {
  const run = await training('ast', phase === 'embedding' ? { trainable: 'head', recipe: headRecipe } : {});
  const [once, stopped] = [memoryFolder(), memoryFolder()];
  const stop = new AbortController();
  const reason = new Error('enough for now');
  const onProgress = (progress: TrainingProgress) => {
    if (progress.phase === phase) stop.abort(reason);
  };
  await expect(run(stopped, { signal: stop.signal, onProgress })).rejects.toBe(reason);
  expect(await stopped.open('config.json')).toBeUndefined();
  await run(once);
  await run(stopped);
  expect(await bytesOf(stopped, 'model.safetensors')).toEqual(await bytesOf(once, 'model.safetensors'));
});

test('a disk that is full at the end loses nothing', async () => {
  const run = await training('ast');
  const out = memoryFolder();
  const full: TrainingFolder = {
    ...out,
    async write(name, fill) {
      if (name === 'model.safetensors') throw new Error('no space left');
      await out.write(name, fill);
    },
  };
  await expect(run(full)).rejects.toThrow('no space left');
  const phases = new Set<string>();
  await run(out, { onProgress: ({ phase }) => phases.add(phase) });
  expect(phases).toContain('resumed');
  expect(phases).not.toContain('training');
  const once = memoryFolder();
  await run(once);
  expect(await bytesOf(out, 'model.safetensors')).toEqual(await bytesOf(once, 'model.safetensors'));
});

test('a folder with another training is refused, and stays as it is', async () => {
  const run = await training('ast');
  const out = memoryFolder();
  const stop = new AbortController();
  const onProgress = ({ phase }: TrainingProgress) => phase === 'training' && stop.abort();
  await expect(run(out, { signal: stop.signal, onProgress })).rejects.toThrow();
  const before = await bytesOf(out, 'training.safetensors');
  const versioned = { ...train, clips: train.clips.map((clip) => ({ ...clip, version: 'of today' })) };
  const others: readonly [string, Partial<FineTuneOptions>][] = [
    ['other clips', { train: versioned }],
    ['other clips', { train: { ...train, clips: train.clips.slice(1) } }],
    ['other settings', { recipe: { ...short, learningRate: 0.1 } }],
    ['other settings', { seed: 1 }],
    ['other settings', { microBatch: 3 }],
    ['other settings', { trainable: 'last:1' }],
    ['other model', { from: await tinyDirectory('ced') }],
    ['other device', { backend: { ...cpu(), name: 'another' } }],
  ];
  for (const [got, options] of others) {
    await expect(run(out, options), JSON.stringify(options)).rejects.toThrow(got);
  }
  expect(await bytesOf(out, 'training.safetensors')).toEqual(before);
  await run(out);
});

test('a folder whose state is none is refused', async () => {
  const run = await training('ast');
  const out = memoryFolder();
  await out.write('training.safetensors', (file) =>
    file.write(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 123, 125)),
  );
  await expect(run(out)).rejects.toThrow('holds no training');
});
