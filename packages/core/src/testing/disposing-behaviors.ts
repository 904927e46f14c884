// What backends promise once they are done with a model.

import { weightsInMemory } from '../model-directory/weights.js';
import { assertClose, assertRejects } from './assert.js';
import type { BackendBehavior } from './backend-behavior.js';
import { config, expectedOutputs, model, modelInputs, modelTensors } from './behaving-model.js';

export const disposingBehaviors: readonly BackendBehavior[] = [
  {
    name: 'refuses to run once disposed',
    async check(backend) {
      const loaded = await backend.load(model, weightsInMemory(modelTensors()), { config });
      await loaded.dispose();
      await assertRejects(() => loaded.run(modelInputs(1)), ['disposed']);
    },
  },
  {
    name: 'may be disposed twice',
    async check(backend) {
      const loaded = await backend.load(model, weightsInMemory(modelTensors()), { config });
      await loaded.dispose();
      await loaded.dispose();
    },
  },
  {
    name: 'finishes what runs before it disposes',
    async check(backend, tolerance) {
      const loaded = await backend.load(model, weightsInMemory(modelTensors()), { config });
      const running = loaded.run(modelInputs(2));
      await loaded.dispose();
      assertClose(await running, await expectedOutputs(modelInputs(2)), tolerance);
    },
  },
];
