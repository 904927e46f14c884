import { onnxruntimeNode } from '@audiozoo/backend-node';
import { type Tensor, tensor } from '@audiozoo/core';
import { weightsInMemory } from '@audiozoo/core/plugin';
import { referenceBackend } from '@audiozoo/core/testing';
import { expect, test } from 'vitest';
import { createTrainer, ignoredTarget, type TrainerOptions } from '../src/index.js';
import { relativeDistance } from './tiny-ast.js';
import { randomInputs, randomTargets, randomWeights, tinyModels } from './tiny-models.js';

/** Between a batch and the same in parts, as shares of gradients. */
const roundingTolerance = 1e-5;

const tiny = tinyModels.ced!;

function trainer(options: Partial<TrainerOptions> = {}) {
  const weights = weightsInMemory(randomWeights(tiny));
  return createTrainer({ ...tiny, weights, backend: referenceBackend(), loss: { kind: 'ce' }, ...options });
}

const batchOf = (count: number) => ({ inputs: randomInputs(tiny, count), targets: randomTargets(count) });

/** Clips `start` to `end`. */
function part<Each extends Tensor<'float32'>>({ shape, data }: Each, start: number, end: number) {
  const size = data.length / shape[0]!;
  return tensor('float32', shape.with(0, end - start), data.slice(start * size, end * size));
}

test.each(['bce', 'ce'] as const)('a batch in parts has the gradients of the whole: %s', async (kind) => {
  const training = await trainer({ loss: { kind } });
  const { inputs, targets } = batchOf(5);
  // What is ignored lies in the first part alone, and the mean is over all.
  const some = { ...targets, data: targets.data.with(1, ignoredTarget) };
  const whole = await training.gradients([{ inputs, targets: some }]);
  const cut = (start: number, end: number) => ({
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => [name, part(input as Tensor<'float32'>, start, end)]),
    ),
    targets: part(some, start, end),
  });
  const parts = await training.gradients([cut(0, 2), cut(2, 5)]);
  expect(parts.loss).toBeCloseTo(whole.loss, 6);
  expect(parts.logits.map(({ shape }) => shape[0])).toEqual([2, 3]);
  for (const [name, gradient] of whole.gradients) {
    if (Math.hypot(...gradient) < 1e-6) continue; // biases of keys, but for rounding
    expect(relativeDistance(parts.gradients.get(name)!, gradient), name).toBeLessThan(roundingTolerance);
  }
  await training.dispose();
});

test('gradients that an update is done with make room for the next, those of another map stay', async () => {
  const backend = onnxruntimeNode({ device: 'cpu', threads: 1 });
  const [reusing, keeping] = [await trainer({ backend }), await trainer({ backend })];
  const parts = [batchOf(2), batchOf(3), batchOf(1)];
  const given: ReadonlyMap<string, Float32Array>[] = [];
  for (let step = 0; step < 3; step++) {
    const { gradients } = await reusing.gradients(parts);
    const others = await keeping.gradients(parts);
    expect(gradients).toEqual(others.gradients);
    given.push(gradients, others.gradients);
    reusing.update(gradients, { rate: 0.01 });
    keeping.update(new Map(others.gradients), { rate: 0.01 });
  }
  const head = 'outputlayer.1.weight';
  expect(given.map((gradients) => gradients.get(head)!.length > 0)).toEqual([
    ...[false, true],
    ...[false, true],
    ...[true, true],
  ]);
  expect(reusing.state()).toEqual(keeping.state());
  await Promise.all([reusing.dispose(), keeping.dispose()]);
});

test('training goes down the slope, with weights that are stored and such that others are derived of', async () => {
  const training = await trainer({ backend: onnxruntimeNode({ device: 'cpu' }) });
  const names = training.parameters.map(({ name }) => name);
  expect(names).toContain('encoder.time_pos_embed');
  expect(names).not.toContain('encoder.positions');
  const before = training.state().weights.get('encoder.time_pos_embed')!;
  const losses: number[] = [];
  for (let step = 0; step < 15; step++) {
    const { loss, gradients } = await training.gradients([batchOf(3)]);
    losses.push(loss);
    training.update(gradients, { rate: 0.01 });
  }
  expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.1);
  expect(training.state().weights.get('encoder.time_pos_embed')).not.toEqual(before);
  await training.dispose();
});

test('what is restored goes on to the same bits', async () => {
  const run = async (training: Awaited<ReturnType<typeof trainer>>, steps: number) => {
    for (let step = 0; step < steps; step++) {
      training.update((await training.gradients([batchOf(2)])).gradients, { rate: 0.01, clipNorm: 1 });
    }
  };
  const backend = onnxruntimeNode({ device: 'cpu' });
  const [first, second] = [await trainer({ backend }), await trainer({ backend })];
  await run(first, 2);
  const state = first.state();
  await run(first, 3);
  second.restore(state);
  await run(second, 3);
  expect(second.state()).toEqual(first.state());
  await first.dispose();
  await second.dispose();
});

test('only what is named trains', async () => {
  const training = await trainer({ trained: ['outputlayer.1.bias'] });
  const { gradients } = await training.gradients([batchOf(2)]);
  expect([...gradients.keys()]).toEqual(['outputlayer.1.bias']);
  expect([...training.state().weights.keys()]).toEqual(['outputlayer.1.bias']);
  await training.dispose();
});

test('refuses batches that say nothing or do not fit, and goes on', async () => {
  const training = await trainer();
  const { inputs, targets } = batchOf(2);
  const ignored = { ...targets, data: targets.data.map(() => ignoredTarget) };
  await expect(training.gradients([{ inputs, targets: ignored }])).rejects.toThrow('are all ignored');
  await expect(training.gradients([])).rejects.toThrow('are all ignored');
  const short = { inputs: randomInputs(tiny, 1), targets };
  await expect(training.gradients([short])).rejects.toThrow('does not fit the model');
  const reason = new Error('enough');
  const aborted = training.gradients([batchOf(2)], { signal: AbortSignal.abort(reason) });
  await expect(aborted).rejects.toBe(reason);
  expect((await training.gradients([batchOf(2)])).loss).toBeGreaterThan(0);
  await training.dispose();
});

test('a loss that is not finite is refused', async () => {
  const training = await trainer();
  const { inputs, targets } = batchOf(1);
  const [[name, input]] = Object.entries(inputs) as [[string, Tensor<'float32'>]];
  const broken = { ...input, data: input.data.with(0, Number.NaN) };
  const gradients = training.gradients([{ inputs: { [name]: broken }, targets }]);
  await expect(gradients).rejects.toThrow('the loss is not finite');
  await training.dispose();
});
