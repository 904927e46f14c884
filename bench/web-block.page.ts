import { onnxruntimeWeb } from '@audiozoo/backend-web/onnxruntime';
import { tfjs } from '@audiozoo/backend-web/tfjs';
import { wasm } from '@audiozoo/backend-web/wasm';
import type { Backend, LoadedModel } from '@audiozoo/core';
import { weightsInMemory } from '@audiozoo/core/plugin';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as ort from 'onnxruntime-web';
import { blockInput, blockWeights, encoderBlock } from './encoder-block.js';

/** Ten seconds of sound. */
const tokens = 1214;

let loaded: LoadedModel;

/** Loads the block and says what it runs on. */
export async function load(
  runtime: 'tfjs' | 'onnxruntime' | 'wasm',
  threads: number,
  wasmFolder: string,
): Promise<string> {
  setWasmPaths(wasmFolder);
  const backends: Record<typeof runtime, () => Backend> = {
    tfjs: () => tfjs({ tf, device: 'wasm' }),
    onnxruntime: () => onnxruntimeWeb({ ort, device: 'wasm', threads }),
    wasm: () => wasm({ threads }),
  };
  const backend = backends[runtime]();
  loaded = await backend.load(encoderBlock(tokens), weightsInMemory(blockWeights()), { config: undefined });
  return loaded.device;
}

/** Milliseconds of one run. */
export async function run(): Promise<number> {
  const inputs = blockInput(tokens);
  const start = performance.now();
  await loaded.run(inputs);
  return performance.now() - start;
}
