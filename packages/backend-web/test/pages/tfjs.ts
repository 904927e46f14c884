import { type TfjsDevice, tfjs } from '@audiozoo/backend-web/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgpu';
import plain from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm?url';
import threadedSimd from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.wasm?url';
import * as example from './example.js';
import { type GoldenCase, goldenOutputs } from './golden.js';
import { namedTests } from './named-tests.js';
import { logitsOfBoth } from './waveform.js';

setWasmPaths({
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': threadedSimd,
});

export function conform(device: TfjsDevice | 'auto', name: string): Promise<void> {
  return namedTests(() => tfjs({ tf, device }))(name);
}

export function golden(device: TfjsDevice, fixtures: string, goldenCase: GoldenCase) {
  return goldenOutputs(tfjs({ tf, device }), fixtures, goldenCase);
}

export function hear(device: TfjsDevice, directory: string) {
  return logitsOfBoth(tfjs({ tf, device }), `/@fs${directory}`);
}

/** What a model says it runs on. */
export async function deviceOf(device: TfjsDevice | 'auto'): Promise<string> {
  const loaded = await example.loadExample(tfjs({ tf, device }));
  await loaded.dispose();
  return loaded.device;
}

/** Tensors in memory before loading, after one run, after a hundred more, and in the end. */
export async function memoryOfRuns(device: TfjsDevice) {
  const memory = (): { numTensors: number; numBytes: number; numDataBuffers: number } => {
    const { numTensors, numBytes, numDataBuffers } = tf.memory();
    return { numTensors, numBytes, numDataBuffers };
  };
  await tf.setBackend(device);
  const before = memory();
  const loaded = await example.loadExample(tfjs({ tf, device }));
  await example.runExample(loaded);
  const after1 = memory();
  for (let run = 0; run < 100; run++) await example.runExample(loaded);
  const after101 = memory();
  await loaded.dispose();
  return { before, after1, after101, end: memory() };
}

/** Results of two models on two devices, run at once and in turn. */
export async function sideBySide(): Promise<number[][]> {
  const models = await Promise.all(
    (['webgpu', 'wasm'] as const).map((device) => example.loadExample(tfjs({ tf, device }))),
  );
  const results = await Promise.all([...models, ...models].map(example.runExample));
  for (const model of models) results.push(await example.runExample(model));
  await Promise.all(models.map((model) => model.dispose()));
  return results;
}

export function loseDevice() {
  return example.afterLoss(tfjs({ tf, device: 'webgpu' }), async () => {
    const { device } = tf.engine().registry.webgpu as unknown as { readonly device: GPUDevice };
    device.destroy();
    await device.lost;
  });
}
