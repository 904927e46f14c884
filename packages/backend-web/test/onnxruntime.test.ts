import { onnxruntimeWeb } from '@audiozoo/backend-web/onnxruntime';
import { type AnyModel, AudiozooError } from '@audiozoo/core';
import { parameter, weightsInMemory } from '@audiozoo/core/plugin';
import {
  describeBackend,
  describeTraining,
  operationTolerance,
  randomTensor,
  runConformanceCase,
} from '@audiozoo/core/testing';
import * as ort from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { transformer } from './pages/example.js';

describe('onnxruntime-web on wasm, in Node', () => {
  describeBackend({ describe, test }, () => onnxruntimeWeb({ ort, device: 'wasm' }));
  describeTraining({ describe, test }, () => onnxruntimeWeb({ ort, device: 'wasm' }));

  test('computes in float16 when asked to', async () => {
    const backend = onnxruntimeWeb({ ort, device: 'wasm', precision: 'float16' });
    await runConformanceCase(backend, transformer, { tolerance: operationTolerance.float16 });
    await expect(runConformanceCase(backend, transformer)).rejects.toThrow(/is off by/);
  });

  test('auto takes WebAssembly where there is no WebGPU, and says why', async () => {
    const backend = onnxruntimeWeb({ ort });
    const { model, weights } = transformer;
    const loaded = await backend.load(model, weightsInMemory(weights), { config: undefined });
    expect(loaded.device).toMatch(/^wasm \(onnxruntime .*; chosen by auto: there is no WebGPU\)$/);
    await loaded.dispose();
  });

  test('webgpu is refused where there is none, with what to do', async () => {
    const backend = onnxruntimeWeb({ ort, device: 'webgpu' });
    const { model, weights } = transformer;
    const load = backend.load(model, weightsInMemory(weights), { config: undefined });
    const error = await load.catch((error) => error);
    expect(AudiozooError.isInstance(error, 'device')).toBe(true);
    expect(error.message).toMatch(/no WebGPU here.*Use the device "wasm"/);
  });
});

test('weights that are not packed are named as inputs, and give the same results', async () => {
  const [rows, width] = [64, 32];
  const model: AnyModel = {
    ...transformer.model,
    parameters: () => ({ weight: parameter('weight', [width, width]) }),
    inputs: () => ({ x: { shape: [rows, width] } }),
    outputs: () => ({ y: { shape: [rows, width] } }),
    build: (ops, { weight }, inputs) => ({ y: ops.linear(inputs.x!, weight) }),
  };
  const weights = { weight: randomTensor([width, width], 1) };
  const x = randomTensor([1, rows, width], 2);
  const runWith = async (prepack: boolean) => {
    let graphBytes = 0;
    const create = (graph: Uint8Array, options: object) => {
      graphBytes = graph.length;
      return ort.InferenceSession.create(graph, options);
    };
    const watched = { ...ort, env: ort.env, InferenceSession: { create } } as unknown as typeof ort;
    const backend = onnxruntimeWeb({ ort: watched, device: 'wasm', prepack });
    const loaded = await backend.load(model, weightsInMemory(weights), { config: undefined });
    const { y } = await loaded.run({ x });
    await loaded.dispose();
    return { graphBytes, y };
  };
  const packed = await runWith(true);
  const unpacked = await runWith(false);
  expect(unpacked.graphBytes).toBeGreaterThan(packed.graphBytes);
  expect(unpacked.y).toEqual(packed.y);
});

describe('options', () => {
  test.each([
    [{ device: 'webgl' as 'wasm' }, /expected auto, webgpu or wasm, got "webgl"/],
    [{ threads: 0 }, /expected a whole number from 1, got 0/],
    [{ threads: 1.5 }, /expected a whole number from 1, got 1\.5/],
    [{ precision: 'int8' as 'float16' }, /expected float32 or float16, got "int8"/],
  ])('%j are refused at once', (options, message) => {
    expect(() => onnxruntimeWeb({ ort, ...options })).toThrow(message);
  });
});
