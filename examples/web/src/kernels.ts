import { wasm } from '@audiozoo/backend-web/wasm';
import { AudiozooError, type Backend } from '@audiozoo/core';
import type { Device } from './runtime-choice.js';

export function kernels(device: Device): Backend {
  if (device !== 'webgpu') return wasm();
  throw new AudiozooError({
    code: 'device',
    what: "audiozoo's own kernels run on WebAssembly",
    got: 'WebGPU',
    hint: 'Choose another runtime for WebGPU.',
  });
}
