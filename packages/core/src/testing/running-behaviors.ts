// What backends promise of runs.

import type { Backend } from '../backend/backend.js';
import { weightsInMemory } from '../model-directory/weights.js';
import { tensor, toFloat32 } from '../tensors/tensor.js';
import { assertAborts, assertClose, assertRejects } from './assert.js';
import type { BackendBehavior } from './backend-behavior.js';
import {
  config,
  expectedOutputs,
  mapTensors,
  model,
  modelInputs,
  modelTensors,
  withModel,
} from './behaving-model.js';
import type { NamedTensors } from './conformance-case.js';
import { randomTensor } from './random.js';

export const runningBehaviors: readonly BackendBehavior[] = [
  {
    name: 'takes batches of changing sizes',
    check: (backend, tolerance) =>
      withModel(backend, async (loaded) => {
        for (const batch of [1, 4, 2, 1]) {
          assertClose(
            await loaded.run(modelInputs(batch)),
            await expectedOutputs(modelInputs(batch)),
            tolerance,
          );
        }
      }),
  },
  {
    name: 'gives each concurrent run its own result',
    check: (backend, tolerance) =>
      withModel(backend, async (loaded) => {
        const inputs = [1, 2, 3, 4, 5, 6].map((seed) => modelInputs((seed % 3) + 1, { seed: 10 * seed }));
        const results = await Promise.all(inputs.map((each) => loaded.run(each)));
        for (const [index, each] of inputs.entries()) {
          assertClose(results[index]!, await expectedOutputs(each), tolerance);
        }
      }),
  },
  {
    name: 'returns the outputs asked for and no others',
    check: (backend, tolerance) =>
      withModel(backend, async (loaded) => {
        const { sum, pooled } = await expectedOutputs(modelInputs(2));
        const run = (...outputs: string[]) => loaded.run(modelInputs(2), { outputs });
        assertClose(await run('pooled'), { pooled: pooled! }, tolerance);
        assertClose(await run('sum'), { sum: sum! }, tolerance);
        assertClose(await run('pooled', 'sum'), { sum: sum!, pooled: pooled! }, tolerance);
      }),
  },
  {
    name: 'computes the outputs it was loaded with, those on request among them',
    async check(backend, tolerance) {
      const outputs = ['projected', 'pooled'];
      const loaded = await backend.load(model, weightsInMemory(modelTensors()), { config, outputs });
      try {
        const expected = await expectedOutputs(modelInputs(2), modelTensors(), config, outputs);
        assertClose(await loaded.run(modelInputs(2)), expected, tolerance);
        const { projected } = expected;
        const only = await loaded.run(modelInputs(2), { outputs: ['projected'] });
        assertClose(only, { projected: projected! }, tolerance);
      } finally {
        await loaded.dispose();
      }
    },
  },
  {
    name: 'refuses an output that it was not loaded with',
    check: (backend) =>
      withModel(backend, (loaded) =>
        assertRejects(
          () => loaded.run(modelInputs(1), { outputs: ['projected'] }),
          ['argument'],
          ['projected'],
        ),
      ),
  },
  ...(
    [
      ['for an output that the model lacks', ['nonsense']],
      ['for no output', []],
    ] as const
  ).map(([what, outputs]) => ({
    name: `refuses to load ${what}`,
    check: (backend: Backend) =>
      assertRejects(
        () => backend.load(model, weightsInMemory(modelTensors()), { config, outputs }),
        ['argument'],
        outputs,
      ),
  })),
  {
    name: 'refuses to compute an output that the model lacks',
    check: (backend) =>
      withModel(backend, (loaded) =>
        assertRejects(
          () => loaded.run(modelInputs(1), { outputs: ['nonsense'] }),
          ['argument'],
          ['nonsense'],
        ),
      ),
  },
  ...(
    [
      ['a missing input', ({ x }) => ({ x })],
      ['an unknown input', (inputs) => ({ ...inputs, stranger: randomTensor([2, 3], 1) })],
      ['an input under another name', ({ x, y }) => ({ x, why: y })],
      ['an input of another size', (inputs) => ({ ...inputs, x: randomTensor([2, 3, 6], 1) })],
      ['an input of another rank', (inputs) => ({ ...inputs, x: randomTensor([2, 15], 1) })],
      ['inputs whose batches differ', (inputs) => ({ ...inputs, x: randomTensor([1, 3, 5], 1) })],
      ['an empty batch', () => modelInputs(0)],
      ['data that do not fill the shape', ({ x, y }) => ({ x: { ...x, data: new Float32Array(29) }, y })],
    ] as [string, (inputs: NamedTensors) => NamedTensors][]
  ).map(([what, spoil]) => ({
    name: `refuses ${what}, and goes on with right ones`,
    check: (backend: Backend, tolerance: number) =>
      withModel(backend, async (loaded) => {
        await assertRejects(() => loaded.run(spoil(modelInputs(2))), ['shape', 'argument']);
        assertClose(await loaded.run(modelInputs(2)), await expectedOutputs(modelInputs(2)), tolerance);
      }),
  })),
  {
    name: 'leaves its inputs as they were',
    check: (backend) =>
      withModel(backend, async (loaded) => {
        const inputs = modelInputs(2);
        await loaded.run(inputs);
        assertClose(inputs, modelInputs(2), 0);
      }),
  },
  {
    name: 'takes inputs that are part of a larger buffer',
    check: (backend, tolerance) =>
      withModel(backend, async (loaded) => {
        const inputs = mapTensors(modelInputs(2), ({ shape, data }) => {
          const larger = new Float32Array(data.length + 5).fill(Number.NaN);
          larger.set(data as Float32Array, 3);
          return tensor('float32', shape, larger.subarray(3, 3 + data.length));
        });
        assertClose(await loaded.run(inputs), await expectedOutputs(modelInputs(2)), tolerance);
      }),
  },
  {
    name: 'never writes over results it has returned',
    check: (backend) =>
      withModel(backend, async (loaded) => {
        const first = await loaded.run(modelInputs(2));
        const copy = mapTensors(first, (item) => tensor('float32', item.shape, toFloat32(item).slice()));
        await loaded.run(modelInputs(2, { seed: 99 }));
        assertClose(first, copy, 0);
      }),
  },
  {
    name: 'does not run when the signal is aborted, and goes on without it',
    check: (backend, tolerance) =>
      withModel(backend, async (loaded) => {
        const reason = new Error('changed my mind');
        const signal = AbortSignal.abort(reason);
        await assertAborts(() => loaded.run(modelInputs(1), { signal }), reason);
        assertClose(await loaded.run(modelInputs(1)), await expectedOutputs(modelInputs(1)), tolerance);
      }),
  },
  {
    name: 'lets go of runs that are aborted once they are asked for, and goes on with the others',
    check: (backend, tolerance) =>
      withModel(backend, async (loaded) => {
        const reason = new Error('changed my mind');
        const controller = new AbortController();
        const { signal } = controller;
        const runs = [1, 2].map(() => loaded.run(modelInputs(1), { signal }));
        const kept = loaded.run(modelInputs(2));
        controller.abort(reason);
        await Promise.all(runs.map((run) => assertAborts(() => run, reason)));
        assertClose(await kept, await expectedOutputs(modelInputs(2)), tolerance);
      }),
  },
];
