// Through `tfjsOps` a model's own forward pass is trained: TensorFlow.js has the gradients. They come with
// @tensorflow/tfjs; @tensorflow/tfjs-core leaves them out unless asked.

import { tfjs, tfjsOps } from '@audiozoo/backend-web/tfjs';
import { runConformanceCase } from '@audiozoo/core/testing';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { describe, expect, test } from 'vitest';
import { transformer } from './pages/example.js';

/** How far a derivative may be from that of differences, as a share of the gradient's length. */
const gradientTolerance = 1e-2;

describe.each(['cpu', 'wasm'] as const)('@tensorflow/tfjs on %s', (device) => {
  test('the whole of TensorFlow.js will do for a namespace', async () => {
    await runConformanceCase(tfjs({ tf, device }), transformer);
  });

  test('weights train: each gradient is that of differences', async () => {
    await tf.setBackend(device);
    const { names, weights, loss } = lossOfWeights(device);
    const gradients = tf.grads(loss)(weights);
    for (const [index, name] of names.entries()) {
      const direction = tf.randomNormal(weights[index]!.shape, 0, 1, 'float32', index);
      const moved = (step: number) =>
        loss(...weights.with(index, tf.add(weights[index]!, tf.mul(direction, step)))).dataSync()[0]!;
      const step = 1e-2;
      const expected = (moved(step) - moved(-step)) / (2 * step);
      const got = tf.sum(tf.mul(gradients[index]!, direction)).dataSync()[0]!;
      const length = Math.max(tf.norm(gradients[index]!).dataSync()[0]!, 1);
      expect(Math.abs(got - expected) / length, name).toBeLessThan(gradientTolerance);
    }
  });
});

/** The mean square of the transformer's logits as a function of its weights. */
function lossOfWeights(device: 'cpu' | 'wasm') {
  const ops = tfjsOps(tf, { singleMatrices: device === 'wasm' });
  const names = Object.keys(transformer.weights);
  const weights = Object.values(transformer.weights).map(({ data, shape }) => tf.tensor(data, [...shape]));
  const inputs = Object.entries(transformer.inputs(2)).map(([name, { data, shape }]) => [
    name,
    tf.tensor(data as Float32Array, [...shape]),
  ]);
  const loss = (...values: tf.Tensor[]): tf.Scalar => {
    const named = Object.fromEntries(names.map((name, index) => [name, values[index]!]));
    const { logits } = transformer.model.build(
      ops,
      named,
      Object.fromEntries(inputs),
      undefined,
      new Set(['logits']),
    );
    return tf.mean(tf.square(logits!));
  };
  return { names, weights, loss };
}
