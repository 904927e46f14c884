// Gradients and a trajectory against PyTorch's, on every backend that trains.

import { onnxruntimeNode } from '@audiozoo/backend-node';
import { onnxruntimeWeb } from '@audiozoo/backend-web/onnxruntime';
import { tfjs } from '@audiozoo/backend-web/tfjs';
import type { Backend } from '@audiozoo/core';
import { referenceBackend } from '@audiozoo/core/testing';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as ort from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { createTrainer } from '../src/index.js';
import {
  config,
  few,
  isKeyBias,
  losses,
  model,
  type Reference,
  reference,
  relativeDistance,
  weights,
} from './tiny-ast.js';

/** Of a parameter's gradient, from that in float64. */
const gradientTolerance = 5e-6;
/** Of losses along 30 steps, and of the weights after them, as shares. */
const trajectoryTolerance = { loss: 1e-5, weights: 1e-4 };

const backends: readonly (() => Backend)[] = [
  () => onnxruntimeNode({ device: 'cpu' }),
  () => onnxruntimeWeb({ ort, device: 'wasm' }),
  () => tfjs({ tf, device: 'wasm' }),
];

const batchOf = async (read: Reference, kind: 'bce' | 'ce') => ({
  inputs: { input_values: await read('x') },
  targets: await read(kind),
});

async function train(backend: Backend, kind: 'bce' | 'ce') {
  return createTrainer({
    model,
    config,
    weights: await weights(),
    backend,
    loss: { kind },
    optimizer: { betas: [0.95, 0.999], weightDecay: 5e-7 },
  });
}

describe.each([...backends, referenceBackend].map((make) => [make().name, make] as const))(
  '%s',
  (_, make) => {
    test.each(['bce', 'ce'] as const)('has the gradients of PyTorch in float64: %s', async (kind) => {
      const read = await reference();
      const trainer = await train(make(), kind);
      const { loss, gradients } = await trainer.gradients([await batchOf(read, kind)]);
      expect(loss).toBeCloseTo((await read(`${kind}.loss`)).data[0]!, 5);
      expect(gradients.size).toBe(43);
      for (const [name, gradient] of gradients) {
        if (isKeyBias(name)) continue;
        const expected = (await read(`${kind}.${name}`)).data;
        expect(relativeDistance(few(gradient), expected), name).toBeLessThan(gradientTolerance);
      }
      await trainer.dispose();
    });
  },
);

describe.each(backends.map((make) => [make().name, make] as const))('%s', (_, make) => {
  test('follows PyTorch through 30 steps of Adam', async () => {
    const read = await reference();
    const trainer = await train(make(), 'bce');
    const batch = await batchOf(read, 'bce');
    for (const [step, expected] of losses.entries()) {
      const { loss, gradients } = await trainer.gradients([batch]);
      expect(Math.abs(loss - expected), `step ${step}`).toBeLessThan(trajectoryTolerance.loss);
      trainer.update(gradients, { rate: 1e-3 });
    }
    for (const [name, values] of trainer.state().weights) {
      if (isKeyBias(name)) continue;
      const expected = (await read(`after.${name}`)).data;
      expect(relativeDistance(few(values), expected), name).toBeLessThan(trajectoryTolerance.weights);
    }
    await trainer.dispose();
  });
});
