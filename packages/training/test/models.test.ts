// The zoo's models train whole: the gradient of each is the slope of its loss, and what of it is derived gives its
// gradient to what files hold.

import { onnxruntimeNode } from '@audiozoo/backend-node';
import { tfjs } from '@audiozoo/backend-web/tfjs';
import { wasm } from '@audiozoo/backend-web/wasm';
import { clap } from '@audiozoo/clap';
import { castTensor, type FoldedBatchNorm, type Parameter, type Tensor } from '@audiozoo/core';
import { listParameters, modelTensors, readParameter, weightsInMemory } from '@audiozoo/core/plugin';
import {
  normalRandom,
  type ReferenceTensor,
  referenceBackend,
  referenceTrainingOps,
} from '@audiozoo/core/testing';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { describe, expect, test } from 'vitest';
import { apart, trainableBatchNorms } from '../src/gradient/batch-norms.js';
import {
  type BatchNormMode,
  createTrainer,
  gradientOf,
  lossInputs,
  trainableParameters,
  trainingStep,
} from '../src/index.js';
import { createLoss } from '../src/loss/loss.js';
import { relativeDistance } from './tiny-ast.js';
import { randomInputs, randomTargets, randomWeights, type TinyModel, tinyModels } from './tiny-models.js';

/** How far a slope may be from that of differences, as a share of the gradient's length. */
const slopeTolerance = 1e-6;
/** How far gradients may be from those of plain loops, as a share of each one's length. */
const backendTolerance = 1e-4;

const batch = 2;
/** Where norms normalize by the batch: the last images are of one pixel, and two of them would be 1 and −1 whatever they are. */
const normBatch = 8;
const exact = (source: Tensor): ReferenceTensor => ({
  shape: source.shape,
  data: castTensor(source, 'float64').data,
});

describe.each(Object.entries(tinyModels))('%s', (_, tiny) => {
  test('has the slope of its loss for a gradient, of all parameters together', async () => {
    await checkSlope(tiny, batch);
  });

  test('gives gradients to what files hold', () => {
    const normal = normalRandom(5);
    for (const { derived, shape, name } of listParameters(tiny.model.parameters(tiny.config))) {
      if (!derived?.gradients) continue;
      const sources = derived.from.map(({ shape }) =>
        Float32Array.from({ length: count(shape) }, () => 1 + normal() ** 2),
      );
      const dy = Float32Array.from({ length: count(shape) }, normal);
      derived.gradients.forEach((gradient, index) => {
        if (!gradient) return;
        // They hang on their sources in lines: a step of any size will do.
        const move = sources[index]!.map(() => normal());
        const moved = sources.with(
          index,
          sources[index]!.map((value, i) => value + move[i]!),
        );
        const before = derived.compute(sources);
        const expected = derived
          .compute(moved)
          .reduce((sum, value, i) => sum + (value - before[i]!) * dy[i]!, 0);
        const got = gradient(dy, sources).reduce((sum, value, i) => sum + value * move[i]!, 0);
        expect(Math.abs(got - expected) / Math.hypot(...dy), name).toBeLessThan(1e-5);
      });
    }
  });
});

test.each(['mn', 'mn, fully convolutional', 'frame_mn'])(
  '%s has it too where batch norms normalize by the batch',
  async (name) => {
    const tiny = tinyModels[name]!;
    const norms = trainableBatchNorms(tiny.model, tiny.config);
    expect(norms.length).toBeGreaterThan(40);
    await checkSlope(tiny, normBatch, norms);
  },
);

describe.each([
  ['mn', 'frozen'],
  ['mn', 'trained'],
  ['ced', 'frozen'],
  ['clap', 'frozen'],
] as const)('%s trains alike, batch norms %s', (name, batchNorms) => {
  const tiny = tinyModels[name]!;
  test.each([
    ['onnxruntime-node', () => onnxruntimeNode({ device: 'cpu' })],
    ['tfjs', () => tfjs({ tf, device: 'wasm' })],
  ])('with %s as with plain loops', async (_, make) => {
    const got = await gradientsOn(make(), tiny, batchNorms);
    const expected = await gradientsOn(referenceBackend(), tiny, batchNorms);
    expect([...got.keys()]).toEqual([...expected.keys()]);
    for (const [name, gradient] of expected) {
      const size = Math.hypot(...gradient);
      if (size < 1e-6) continue; // what is 0 but for rounding: biases of keys
      expect(relativeDistance(got.get(name)!, gradient), name).toBeLessThan(backendTolerance);
    }
  });
});

test('batch norms stay as they are, and say so when they are to train', async () => {
  const tiny = tinyModels.mn!;
  const names = trainableParameters(tiny.model, tiny.config).map(({ name }) => name);
  expect(names).toContain('features.0.0.weight');
  expect(names).not.toContain('features.0.1.weight');
  const trainer = createTrainer({
    ...tiny,
    weights: weightsInMemory(randomWeights(tiny)),
    backend: referenceBackend(),
    loss: { kind: 'bce' },
    trained: ['features.0.1.weight'],
  });
  await expect(trainer).rejects.toThrow('no parameter features.0.1.weight that could train');
});

test('a backend that does not train, and a model without logits, say so', async () => {
  const tiny = tinyModels.ast!;
  const options = { ...tiny, weights: weightsInMemory(randomWeights(tiny)), loss: { kind: 'bce' as const } };
  await expect(createTrainer({ ...options, backend: wasm() })).rejects.toThrow(
    'wasm runs models and trains none',
  );
  const { config } = tinyModels.clap!;
  const step = () => trainingStep(clap, { config, trains: () => true, scores: 'sigmoid' });
  expect(step).toThrow('has no logits');
});

/** What is stored as it is, or gives its gradient to what is. */
const trains = ({ derived }: Parameter) => !derived || derived.gradients !== undefined;

/** Compares the gradient of the loss with the slope along a direction of all that trains. */
async function checkSlope(
  tiny: TinyModel,
  batch: number,
  norms: readonly FoldedBatchNorm[] = [],
): Promise<void> {
  const loss = createLoss({ kind: 'ce' }, 3);
  const step = trainingStep(tiny.model, { config: tiny.config, trains, norms, scores: loss.scores });
  const targets = randomTargets(batch);
  const { factor, offset } = loss.terms(targets, loss.count(targets));
  const given = { ...randomInputs(tiny, batch), [lossInputs.factor]: factor, [lossInputs.offset]: offset };
  const inputs = Object.fromEntries(Object.entries(given).map(([name, input]) => [name, exact(input)]));
  const weights = await builtWeights(tiny, norms);
  const outputs = step.build(referenceTrainingOps, weights, inputs);

  const normal = normalRandom(3);
  const direction = new Map(
    Array.from(weights, ([name, { data }]) => [
      name,
      data.map(() => (step.trained.has(name) ? normal() : 0)),
    ]),
  );
  let [got, length] = [0, 0];
  for (const name of step.trained) {
    const along = direction.get(name)!;
    outputs[gradientOf(name)]!.data.forEach((item, index) => {
      got += item * along[index]!;
      length += item ** 2;
    });
  }
  const at = (distance: number) => {
    const moved = Array.from(weights, ([name, { shape, data }]): [string, ReferenceTensor] => [
      name,
      { shape, data: data.map((item, index) => item + distance * direction.get(name)![index]!) },
    ]);
    const { logits } = buildLogits(tiny, new Map(moved), inputs, norms);
    return crossEntropy(logits!.data, targets.data);
  };
  const h = 1e-6;
  const expected = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
  expect(Math.abs(got - expected) / Math.sqrt(length)).toBeLessThan(slopeTolerance);
}

/** What a step is given, in float64. */
async function builtWeights(
  tiny: TinyModel,
  norms: readonly FoldedBatchNorm[],
): Promise<Map<string, ReferenceTensor>> {
  const { model, config } = tiny;
  const tensors = modelTensors(model, config, weightsInMemory(randomWeights(tiny)));
  const weights = new Map<string, ReferenceTensor>();
  for (const each of listParameters(model.parameters(config)).flatMap(apart(norms))) {
    weights.set(each.name, exact(await readParameter(each, { tensors })));
  }
  return weights;
}

function buildLogits(
  { model, config }: TinyModel,
  weights: ReadonlyMap<string, ReferenceTensor>,
  inputs: Readonly<Record<string, ReferenceTensor>>,
  norms: readonly FoldedBatchNorm[],
) {
  // The step's own way there: no gradient is asked for.
  const step = trainingStep(model, { config, trains: () => false, norms, scores: 'softmax' });
  return step.build(referenceTrainingOps, weights, inputs);
}

function crossEntropy(logits: Float64Array, targets: Float32Array): number {
  let sum = 0;
  for (let start = 0; start < logits.length; start += 3) {
    const row = logits.subarray(start, start + 3);
    const most = Math.max(...row);
    const total = most + Math.log(row.reduce((powers, item) => powers + Math.exp(item - most), 0));
    row.forEach((item, label) => {
      sum += targets[start + label]! * (total - item);
    });
  }
  return sum / (logits.length / 3);
}

async function gradientsOn(
  backend: ReturnType<typeof referenceBackend>,
  tiny: TinyModel,
  batchNorms: BatchNormMode = 'frozen',
) {
  const clips = batchNorms === 'trained' ? normBatch : batch;
  const weights = weightsInMemory(randomWeights(tiny));
  const trainer = await createTrainer({ ...tiny, weights, backend, loss: { kind: 'ce' }, batchNorms });
  const { gradients } = await trainer.gradients([
    { inputs: randomInputs(tiny, clips), targets: randomTargets(clips) },
  ]);
  await trainer.dispose();
  return gradients;
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
