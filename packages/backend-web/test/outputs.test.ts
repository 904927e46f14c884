// What a model shows on request, in Node's WebAssembly and JavaScript, against the official code.

import { ast } from '@audiozoo/ast';
import { onnxruntimeWeb } from '@audiozoo/backend-web/onnxruntime';
import { tfjs } from '@audiozoo/backend-web/tfjs';
import { logitTolerance } from '@audiozoo/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as ort from 'onnxruntime-web';
import { expect, test } from 'vitest';
import { cases, golden, inputOf, withConverted } from '../../ast/test/official-cases.js';
import { largestDifference } from './golden-case.js';

const example = cases.find(({ attention }) => attention !== undefined)!;
const names = ['logits', 'embedding', 'patches', 'hidden', 'attention'] as const;

test.each([
  ['tfjs on cpu', () => tfjs({ tf, device: 'cpu' })],
  ['tfjs on wasm', () => tfjs({ tf, device: 'wasm' })],
  ['onnxruntime-web on wasm', () => onnxruntimeWeb({ ort, device: 'wasm' })],
])('%s: patches, hidden states and attention are those of the official code', async (_, backend) => {
  const input_values = await inputOf(example);
  const results = await withConverted(example, async ({ config, preprocessorConfig, weights }) => {
    const loaded = await backend().load(ast, weights, {
      config: ast.readConfig(config, preprocessorConfig),
      outputs: [...names, 'rollout'],
    });
    return loaded.run({ input_values }).finally(() => loaded.dispose());
  });
  for (const name of names) {
    const expected = [...(await golden(`ast/${example[name]}`)).data];
    const got = [...results[name]!.data.subarray(0, expected.length)]; // attention may be of the first clip only
    expect(largestDifference(got, expected), name).toBeLessThan(logitTolerance.float32);
  }
  // In each clip, all that the class tokens hold but what never left them, and what they pass each other.
  const [batch] = results.rollout!.shape;
  const sum = results.rollout!.data.reduce((total, share) => total + share, 0) / batch!;
  expect(sum).toBeGreaterThan(0.5);
  expect(sum).toBeLessThan(1 - 2 ** -2);
});
