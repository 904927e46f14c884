// An epoch of the official recipe for ESC-50, from sounds to weights, beside PyTorch's.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ast } from '@audiozoo/ast';
import { bytesSource, readSafetensors, readTensor, toFloat32 } from '@audiozoo/core';
import { expect, test } from 'vitest';
import {
  fineTune,
  memoryFolder,
  recipes,
  type StepRecord,
  shuffledOrder,
  type TrainingClip,
} from '../src/index.js';
import { config, few, isKeyBias, relativeDistance, weights } from './tiny-ast.js';
import { cpu, weightsOf } from './tones.js';

/** Of each weight; and, as a share, of how far they went: Adam makes steps of small gradients too, rounding and all. */
const tolerance = { weight: 1e-4, way: 0.02 };

const folder = new URL('./fixtures/esc50-epoch/', import.meta.url);
const json = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

/** As make.py has it. */
function sound(clip: number): Float32Array {
  const hertz = 200 * 1.5 ** (clip % 7);
  return Float32Array.from({ length: 9000 + 250 * clip }, (_, n) => {
    let h = (Math.imul(n, 7919) + 104729 * clip) >>> 0;
    for (const [shift, factor] of [
      [15, 2246822519],
      [13, 3266489917],
      [16, 1],
    ] as const) {
      h = Math.imul(h ^ (h >>> shift), factor) >>> 0;
    }
    const tone =
      0.3 * Math.sin((2 * Math.PI * hertz * n) / 16000) +
      0.1 * Math.sin((2 * Math.PI * 3.7 * hertz * n) / 16000 + clip);
    return tone + 0.05 * (h / 2 ** 32 - 0.5);
  });
}

test('comes to the weights of PyTorch', async () => {
  expect([...shuffledOrder(40, { seed: 0, epoch: 0 })]).toEqual(json('order.json'));
  const clips = Array.from(
    { length: 40 },
    (_, clip): TrainingClip => ({ name: `clip ${clip}`, labels: [clip % 7], sound: async () => sound(clip) }),
  );
  const out = memoryFolder();
  const steps: StepRecord[] = [];
  const { learningRate } = await fineTune({
    from: fileURLToPath(new URL('./fixtures/tiny-ast', import.meta.url)),
    ...{ models: [ast], backend: cpu(), out, train: { labels: config.labels, clips } },
    ...{ trainable: 'all', microBatch: 4 },
    recipe: { ...recipes.esc50, frames: config.frames, epochs: 1, batchSize: 8, augmentation: {} },
    onProgress: (progress) => {
      if (progress.phase === 'training') steps.push(progress);
    },
  });
  expect(learningRate).toBe(1e-4);
  const losses: readonly number[] = json('losses.json');
  expect(steps).toHaveLength(losses.length);
  steps.forEach(({ loss }, step) => {
    expect(Math.abs(loss - losses[step]!)).toBeLessThan(1e-4);
  });

  const after = await readSafetensors(
    bytesSource(new Uint8Array(readFileSync(new URL('after.safetensors', folder))), 'after'),
  );
  const { tensors: before } = await weights();
  const trained = await weightsOf(out);
  expect(trained.size).toBe(43);
  for (const [name, data] of trained) {
    if (isKeyBias(name)) continue;
    const expected = toFloat32(await readTensor(after.tensors.get(name)!));
    const begun = few(toFloat32(await readTensor(before.get(name)!)));
    const way = (values: Float32Array) => values.map((value, index) => value - begun[index]!);
    const differences = few(data).map((value, index) => Math.abs(value - expected[index]!));
    expect(Math.max(...differences), name).toBeLessThan(tolerance.weight);
    expect(relativeDistance(way(few(data)), way(expected)), name).toBeLessThan(tolerance.way);
  }
});
