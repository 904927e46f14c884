// Batch norms that train, against PyTorch: what a batch is normalized by, and what is kept of it for those who classify.

import { readFileSync } from 'node:fs';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { tfjs } from '@audiozoo/backend-web/tfjs';
import {
  type AnyModel,
  type Backend,
  bytesSource,
  castTensor,
  readSafetensors,
  readTensor,
  type StoredTensor,
  type Tensor,
  tensor,
  type Weights,
} from '@audiozoo/core';
import { batchNorm, foldBatchNorm, parameter, weightsInMemory } from '@audiozoo/core/plugin';
import { referenceBackend } from '@audiozoo/core/testing';
import { efficientat } from '@audiozoo/efficientat';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { describe, expect, test } from 'vitest';
import { createTrainer, type TrainerOptions } from '../src/index.js';
import { relativeDistance } from './tiny-ast.js';

/** Of a parameter's gradient, from that in float64. */
const gradientTolerance = 5e-6;
/** Of losses, and of weights and statistics after five steps, as shares. */
const trajectoryTolerance = 1e-5;

const folder = new URL('./fixtures/batch-norms/', import.meta.url);
const losses: readonly number[] = JSON.parse(readFileSync(new URL('losses.json', folder), 'utf8'));
const steps = 5;
const rate = 0.01;

/** The network of make.py. */
const network: AnyModel = {
  ...efficientat,
  type: 'network',
  parameters: () => ({
    stem: normalized('stem', [6, 1, 3, 3]),
    depthwise: normalized('depthwise', [6, 1, 3, 3]),
    head: { weight: parameter('head.weight', [3, 6]), bias: parameter('head.bias', [3]) },
  }),
  parts: () => ({
    head: { weight: parameter('head.weight', [3, 6]), bias: parameter('head.bias', [3]) },
    behind: undefined,
    blocks: [],
    attention: [],
  }),
  inputs: () => ({ x: { shape: [1, 9, 8] } }),
  outputs: () => ({ logits: { shape: [3] } }),
  labels: () => ['dog', 'rain', 'rooster'].map((name) => ({ name })),
  build(ops, { stem, depthwise, head }, { x }) {
    const padding = [1, 1] as const;
    const first = ops.relu(ops.conv2d(x!, stem.weight, stem.bias, { stride: [2, 2], padding }));
    const options = { stride: [1, 1], padding, groups: 6 } as const;
    const image = ops.relu(ops.conv2d(first, depthwise.weight, depthwise.bias, options));
    return { logits: ops.linear(ops.mean(ops.mean(image, 3), 2), head.weight, head.bias) };
  },
};

function normalized(name: string, shape: readonly number[]) {
  return foldBatchNorm(
    { weight: parameter(`${name}.weight`, shape) },
    batchNorm(`${name}_norm`, 6, 1e-3, 0.01),
  );
}

const { tensors } = await readSafetensors(
  bytesSource(
    new Uint8Array(readFileSync(new URL('reference.safetensors', folder))),
    'reference.safetensors',
  ),
);
const read = async (name: string) => castTensor(await readTensor(tensors.get(name)!), 'float32');

/** Tensors of make.py under a word, by their names in files. */
function storedUnder(word: string): Map<string, StoredTensor> {
  return new Map(
    Array.from(tensors).flatMap(([name, each]) =>
      name.startsWith(`${word}.`) ? [[name.slice(word.length + 1), each]] : [],
    ),
  );
}

const weights: Weights = { tensors: storedUnder('before'), async close() {} };

function trainer(backend: Backend, options: Partial<TrainerOptions> = {}) {
  const loss = { kind: 'ce' } as const;
  return createTrainer({
    model: network,
    config: {},
    weights,
    backend,
    loss,
    batchNorms: 'trained',
    ...options,
  });
}

async function batchOf(step: number) {
  const part = ({ data }: Tensor<'float32'>, shape: readonly number[]) => {
    const size = shape.reduce((product, each) => product * each);
    return tensor('float32', shape, data.slice(step * size, (step + 1) * size));
  };
  return {
    inputs: { x: part(await read('x'), [4, 1, 9, 8]) },
    targets: part(await read('targets'), [4, 3]),
  };
}

const distance = async (got: Float32Array, name: string) => relativeDistance(got, (await read(name)).data);

const backends: readonly (() => Backend)[] = [
  referenceBackend,
  () => onnxruntimeNode({ device: 'cpu', threads: 1 }),
  () => tfjs({ tf, device: 'wasm' }),
];

describe.each(backends.map((make) => [make().name, make] as const))('%s', (_, make) => {
  test('has the gradients of PyTorch in float64', async () => {
    const training = await trainer(make());
    const { gradients } = await training.gradients([await batchOf(0)]);
    expect([...gradients.keys()].sort()).toEqual([...storedUnder('gradient').keys()].sort());
    for (const [name, gradient] of gradients) {
      expect(await distance(gradient, `gradient.${name}`), name).toBeLessThan(gradientTolerance);
    }
    await training.dispose();
  });

  test('comes to the weights and statistics of PyTorch in five steps of Adam', async () => {
    const training = await trainer(make());
    for (let step = 0; step < steps; step++) {
      const { loss, gradients } = await training.gradients([await batchOf(step)]);
      expect(Math.abs(loss / losses[step]! - 1)).toBeLessThan(trajectoryTolerance);
      training.update(gradients, { rate });
    }
    const after = training.weights();
    expect([...after.keys()].sort()).toEqual([...storedUnder('after').keys()].sort());
    for (const [name, data] of after) {
      expect(await distance(data, `after.${name}`), name).toBeLessThan(trajectoryTolerance);
    }
    await training.dispose();
  });
});

test('who classifies with what was trained hears by the statistics that were kept', async () => {
  const training = await trainer(referenceBackend());
  for (let step = 0; step < steps; step++) {
    const { gradients } = await training.gradients([await batchOf(step)]);
    training.update(gradients, { rate });
  }
  const after = Array.from(training.weights(), ([name, data]) => [
    name,
    tensor('float32', weights.tensors.get(name)!.shape, data),
  ]);
  const loaded = await referenceBackend().load(network, weightsInMemory(Object.fromEntries(after)), {
    config: {},
  });
  const { logits } = await loaded.run((await batchOf(0)).inputs);
  expect(await distance(logits!.data, 'logits')).toBeLessThan(trajectoryTolerance);
});

test('what is restored goes on to the same bits, statistics too', async () => {
  const go = async (training: Awaited<ReturnType<typeof trainer>>, from: number) => {
    for (let step = from; step < steps; step++) {
      const { gradients } = await training.gradients([await batchOf(step)]);
      training.update(gradients, { rate });
    }
    return training.weights();
  };
  const whole = await trainer(referenceBackend());
  const { gradients } = await whole.gradients([await batchOf(0)]);
  whole.update(gradients, { rate });
  const state = whole.state();
  const other = await trainer(referenceBackend());
  await other.gradients([await batchOf(3)]); // heard and never counted
  other.restore(state);
  expect(await go(other, 1)).toEqual(await go(whole, 1));
});

test('a batch in parts counts part by part', async () => {
  const training = await trainer(referenceBackend());
  const [first, second] = [await batchOf(0), await batchOf(1)];
  training.update((await training.gradients([first, second])).gradients, { rate });
  const other = await trainer(referenceBackend());
  for (const each of [first, second]) other.update((await other.gradients([each])).gradients, { rate: 0 });
  const name = 'stem_norm.running_mean';
  expect(training.weights().get(name)).toEqual(other.weights().get(name));
  expect(training.weights().get(name)).not.toEqual((await read(`before.${name}`)).data);
});

test('a norm from nothing keeps the mean of what it heard, until a batch counts for more', async () => {
  const names = ['stem_norm.running_mean', 'stem_norm.running_var'] as const;
  const fresh = (at: number) => tensor('float32', [6], new Float32Array(6).fill(at));
  const { tensors: zeros } = weightsInMemory({ [names[0]]: fresh(0), [names[1]]: fresh(1) });
  const fromNothing = { ...weights, tensors: new Map([...weights.tensors, ...zeros]) };
  const heard = async (order: readonly number[]) => {
    const training = await trainer(referenceBackend(), { weights: fromNothing });
    for (const step of order) {
      training.update((await training.gradients([await batchOf(step)])).gradients, { rate: 0 });
    }
    return names.map((name) => [...training.weights().get(name)!]);
  };
  const batches = await Promise.all(Array.from({ length: steps }, (_, step) => heard([step])));
  for (const count of [steps, 150]) {
    const kept = await heard(Array.from({ length: count }, (_, step) => step % steps));
    kept.forEach((channels, which) => {
      channels.forEach((got, channel) => {
        let expected = 0;
        for (let step = 0; step < count; step++) {
          const batch = batches[step % steps]![which]![channel]!;
          expected += Math.max(0.01, 1 / (step + 1)) * (batch - expected);
        }
        expect(got).toBeCloseTo(expected, 5);
      });
    });
  }
});

test('norms behind convolutions that stay as they are stay too, and all do unless they are told to train', async () => {
  const head = await trainer(referenceBackend(), {
    trained: ['head.weight', 'stem.weight', 'stem_norm.bias'],
  });
  head.update((await head.gradients([await batchOf(0)])).gradients, { rate });
  expect([...head.weights().keys()].sort()).toEqual([
    ...['head.weight', 'stem.weight', 'stem_norm.bias', 'stem_norm.running_mean', 'stem_norm.running_var'],
  ]);
  const frozen = await trainer(referenceBackend(), { batchNorms: undefined });
  frozen.update((await frozen.gradients([await batchOf(0)])).gradients, { rate });
  expect([...frozen.weights().keys()].sort()).toEqual([
    ...['depthwise.weight', 'head.bias', 'head.weight', 'stem.weight'],
  ]);
});

test('one element of each channel has no variance, and says so', async () => {
  const tiny = { ...network, inputs: () => ({ x: { shape: [1, 2, 2] } }) };
  const training = await trainer(referenceBackend(), { model: tiny });
  const inputs = { x: tensor('float32', [1, 1, 2, 2], Float32Array.of(1, 2, 3, 4)) };
  const targets = tensor('float32', [1, 3], Float32Array.of(1, 0, 0));
  await expect(training.gradients([{ inputs, targets }])).rejects.toThrow(
    'expected two elements at least of each channel',
  );
});
