// The suite that every backend passes which trains: the operations of the way back, then what a loaded step promises.

import type { Backend } from '../backend/backend.js';
import { AudiozooError } from '../errors.js';
import { weightsInMemory } from '../model-directory/weights.js';
import type { LoadedStep } from '../training/training-step.js';
import { assert, assertAborts, assertClose, assertRejects } from './assert.js';
import type { ConformanceOptions, TestRunner } from './describe-backend.js';
import { randomTensor } from './random.js';
import { referenceBackend } from './reference-backend.js';
import { operationTolerance } from './tolerances.js';
import { type TrainingCase, trainingCase } from './training-case.js';
import { trainingCases } from './training-cases.js';

/** Declares the suite of training for one backend (on one device), beside `describeBackend`. */
export function describeTraining(
  { describe, test }: TestRunner,
  makeBackend: () => Backend,
  { tolerance = operationTolerance.float32 }: ConformanceOptions = {},
): void {
  describe('computes the way back', () => {
    for (const example of trainingCases) {
      test(example.name, () => runTrainingCase(makeBackend(), example, { tolerance }));
    }
  });
  describe('trains', () => {
    for (const [name, check] of Object.entries(behaviors)) {
      test(name, () => check(makeBackend(), tolerance));
    }
  });
}

/** One case on one backend: throws a plain Error when batches of 1 and 3 do not match the reference. */
export async function runTrainingCase(
  backend: Backend,
  { step, weights, inputs }: TrainingCase,
  { tolerance = operationTolerance.float32 }: ConformanceOptions = {},
): Promise<void> {
  const oracle = await train(referenceBackend(), { step, weights });
  const loaded = await train(backend, { step, weights });
  try {
    for (const batch of [1, 3]) {
      assertClose(await loaded.run(inputs(batch)), await oracle.run(inputs(batch)), tolerance);
    }
  } finally {
    await loaded.dispose();
  }
}

const example = trainingCase({
  name: 'a linear layer and the gradient of its weight',
  inputs: { x: [5], dy: [3] },
  weights: { weight: [3, 5], bias: [3] },
  outputs: { y: [-1, 3], gradient: [3, 5] },
  build: (ops, { x, dy }, { weight, bias }) => ({
    y: ops.linear(x, weight, bias),
    gradient: ops.transposedMatmul(dy, x),
  }),
});

const behaviors: Readonly<Record<string, (backend: Backend, tolerance: number) => Promise<void>>> = {
  'the next run computes with parameters as they were changed': async (backend, tolerance) => {
    const oracle = await train(referenceBackend(), example);
    const loaded = await train(backend, example);
    const inputs = example.inputs(2);
    for (const factor of [1, -0.5, 3]) {
      for (const { trained } of [oracle, loaded]) {
        const weight = trained.get('weight')!;
        weight.set(weight.map((value) => value * factor));
      }
      assertClose(await loaded.run(inputs), await oracle.run(inputs), tolerance);
    }
    await loaded.dispose();
  },
  'parameters stay as they are through runs, and weights and inputs too': async (backend) => {
    const inputs = example.inputs(2);
    const before = [...inputs.x!.data];
    const loaded = await train(backend, example);
    await loaded.run(inputs);
    loaded.trained.get('weight')!.fill(7);
    await loaded.run(inputs);
    const kept = loaded.trained.get('weight')!;
    assert(kept.length === 15 && kept.every((value) => value === 7), `The weight became [${kept}].`);
    assert(
      before.every((value, index) => inputs.x!.data[index] === value),
      'A run changed its inputs.',
    );
    assert(
      example.weights.weight!.data.every((value) => value !== 7),
      'The stored weight was changed.',
    );
    await loaded.dispose();
  },
  'runs that are asked for together go one after another': async (backend, tolerance) => {
    const oracle = await train(referenceBackend(), example);
    const loaded = await train(backend, example);
    const batches = [1, 4, 2].map((batch) => example.inputs(batch));
    const results = await Promise.all(batches.map((inputs) => loaded.run(inputs)));
    for (const [index, inputs] of batches.entries()) {
      assertClose(results[index]!, await oracle.run(inputs), tolerance);
    }
    await loaded.dispose();
  },
  'inputs that do not fit are refused, and the next run is right': async (backend, tolerance) => {
    const oracle = await train(referenceBackend(), example);
    const loaded = await train(backend, example);
    await assertRejects(() => loaded.run({ x: randomTensor([1, 5], 1) }), ['argument'], ['dy']);
    await assertRejects(
      () => loaded.run({ x: randomTensor([1, 4], 1), dy: randomTensor([1, 3], 2) }),
      ['shape'],
      ['x'],
    );
    assertClose(await loaded.run(example.inputs(2)), await oracle.run(example.inputs(2)), tolerance);
    await loaded.dispose();
  },
  'weights that do not fit are refused by name': async (backend) => {
    const { weight } = example.weights as Record<string, (typeof example.weights)[string]>;
    await assertRejects(
      () => train(backend, { ...example, weights: { weight: weight! } }),
      ['weights'],
      ['bias'],
    );
  },
  'a run whose signal is aborted is not begun': async (backend) => {
    const loaded = await train(backend, example);
    const reason = new Error('enough');
    await assertAborts(() => loaded.run(example.inputs(1), { signal: AbortSignal.abort(reason) }), reason);
    const weights = weightsInMemory(example.weights);
    await assertAborts(
      () => backend.train!(example.step, weights, { signal: AbortSignal.abort(reason) }),
      reason,
    );
    await loaded.dispose();
  },
  'disposing waits for runs under way, and no others begin': async (backend) => {
    const loaded = await train(backend, example);
    const running = loaded.run(example.inputs(2));
    await Promise.all([loaded.dispose(), loaded.dispose()]);
    const { y } = await running;
    assert(y!.data.length === 6, 'The run under way lost its results.');
    await assertRejects(() => loaded.run(example.inputs(1)), ['disposed']);
  },
};

async function train(
  backend: Backend,
  { step, weights }: Pick<TrainingCase, 'step' | 'weights'>,
): Promise<LoadedStep> {
  if (backend.train) return backend.train(step, weightsInMemory(weights));
  throw new AudiozooError({ code: 'argument', what: `the backend ${backend.name} trains nothing` });
}
