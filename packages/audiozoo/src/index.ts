// In a browser: onnxruntime where there is a GPU, audiozoo's own kernels where there is none. Either is fetched with
// the first model.

import { fastestRuntime, type WebDevice } from '@audiozoo/backend-web/gpu';
import type { OptionKinds } from '@audiozoo/core/plugin';
import { frontDoor, type LoadOptions, type OnceOptions, type ZeroShotOptions } from './front-door.js';

export * from './everything.js';

export interface WebBackendOptions {
  /** `auto` (default): WebGPU where there is a GPU, else WebAssembly. */
  readonly device?: WebDevice | 'auto' | undefined;
  /** Threads of WebAssembly. When absent, half of the logical cores, from 2 to 8. */
  readonly threads?: number | undefined;
  /** What the model computes in; `float32` when absent. float16 is for GPUs. */
  readonly precision?: 'float32' | 'float16' | undefined;
}

/** Options of `loadClassifier`: those of @audiozoo/tasks, none of which has to be given, and of the backend. */
export type LoadClassifierOptions = LoadOptions<WebBackendOptions>;
/** Options of `classify`: how a sound is heard, by which `model`, and how that is loaded. */
export type ClassifyOnceOptions = OnceOptions<WebBackendOptions>;
/** Options of `zeroShotClassifier`: the same, and what may be heard, in words. */
export type ZeroShotClassifierOptions = ZeroShotOptions<WebBackendOptions>;

export const { loadClassifier, loadWordReader, zeroShotClassifier, classify } = frontDoor<WebBackendOptions>({
  async backend({ device = 'auto', threads, precision }) {
    // The kernels compute in float32 alone.
    if (precision !== 'float16' && (await fastestRuntime(device)) === 'kernels') {
      return (await import('@audiozoo/backend-web/wasm')).wasm({ threads });
    }
    const { onnxruntimeWeb } = await import('@audiozoo/backend-web/onnxruntime');
    return onnxruntimeWeb({ ort: await import('onnxruntime-web'), device, threads, precision });
  },
  backendOptionKinds: {
    device: { choices: ['auto', 'webgpu', 'wasm'] },
    threads: 'count',
    precision: { choices: ['float32', 'float16'] },
  } satisfies OptionKinds<WebBackendOptions>,
});
