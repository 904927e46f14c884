// Front ends inside the graph, in Node's WebAssembly and JavaScript.

import { onnxruntimeWeb } from '@audiozoo/backend-web/onnxruntime';
import { tfjs } from '@audiozoo/backend-web/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as ort from 'onnxruntime-web';
import { expect, test } from 'vitest';
import { inputTolerance, largestDifference, spokenDigits } from './golden-case.js';
import { logitsOfBoth } from './pages/waveform.js';

test.each([
  ['tfjs on cpu', () => tfjs({ tf, device: 'cpu' })],
  ['tfjs on wasm', () => tfjs({ tf, device: 'wasm' })],
  ['onnxruntime-web on wasm', () => onnxruntimeWeb({ ort, device: 'wasm' })],
])('%s hears sound itself as it hears features', async (_, backend) => {
  const { features, waveform } = await logitsOfBoth(backend(), spokenDigits);
  expect(features).toHaveLength(3 * 12);
  expect(largestDifference(waveform, features)).toBeLessThan(inputTolerance);
});
