// What backends promise of models for any length, and those that load them for one length of asking for more.

import { weightsInMemory } from '../model-directory/weights.js';
import type { Tensor } from '../tensors/tensor.js';
import { assertClose, assertRejects } from './assert.js';
import type { BackendBehavior } from './backend-behavior.js';
import { config, model, modelTensors } from './behaving-model.js';
import { conformanceCase, type NamedTensors } from './conformance-case.js';
import { randomTensor } from './random.js';
import { referenceBackend } from './reference-backend.js';

const { model: summing } = conformanceCase({
  name: 'sums of two inputs of one length',
  inputs: { x: { shape: [5, 2], least: 2 }, y: { shape: [5, 2], least: 2 } },
  outputs: { sum: [5, 2] },
  build: (ops, { x, y }) => ({ sum: ops.add(x, y) }),
});

const load = (backend = referenceBackend(), its = summing, tensors: NamedTensors = {}) =>
  backend.load(its, weightsInMemory(tensors), { config, anyLength: true });

const inputs = (length: number, ofY = length, batch = 2): Record<string, Tensor<'float32'>> => ({
  x: randomTensor([batch, length, 2], length),
  y: randomTensor([batch, ofY, 2], 10 + length),
});

export const lengthBehaviors: readonly BackendBehavior[] = [
  {
    name: 'refuses to load for any length a model that takes one',
    check: (backend) =>
      assertRejects(() => load(backend, model, modelTensors()), ['argument'], ['takes one length at a time']),
  },
  {
    name: 'loads for any length, or refuses where it cannot',
    async check(backend, tolerance) {
      if (!backend.anyLength) {
        await assertRejects(() => load(backend), ['argument'], ['the backend takes one length at a time']);
        return;
      }
      const [loaded, oracle] = [await load(backend), await load()];
      for (const length of [5, 2, 3, 5, 4]) {
        assertClose(await loaded.run(inputs(length)), await oracle.run(inputs(length)), tolerance);
      }
      const concurrent = [3, 5, 2, 4].map((length) => [inputs(length), loaded.run(inputs(length))] as const);
      for (const [given, run] of concurrent) assertClose(await run, await oracle.run(given), tolerance);
      for (const wrong of [
        inputs(1),
        inputs(6),
        inputs(3, 4),
        { ...inputs(3), y: randomTensor([2, 3], 1) },
      ]) {
        await assertRejects(() => loaded.run(wrong), ['shape'], ['does not fit the model']);
      }
      assertClose(await loaded.run(inputs(2)), await oracle.run(inputs(2)), tolerance);
      await loaded.dispose();
    },
  },
  {
    name: 'takes the longest inputs only where it is not asked for others',
    async check(backend, tolerance) {
      const loaded = await backend.load(summing, weightsInMemory({}), { config });
      await assertRejects(() => loaded.run(inputs(3)), ['shape'], ['does not fit the model']);
      assertClose(await loaded.run(inputs(5)), await (await load()).run(inputs(5)), tolerance);
      await loaded.dispose();
    },
  },
];
