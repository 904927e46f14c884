// What onnxruntime throws, in words that help.

import { AudiozooError } from '@audiozoo/core';
import { cudaFailure } from './cuda.js';
import type { Device } from './options.js';

/** onnxruntime failed to load a model or to run it. What is said already stays as it is. */
export function runtimeError(doing: 'load' | 'run', cause: unknown): AudiozooError {
  if (AudiozooError.isInstance(cause)) return cause;
  return new AudiozooError({
    code: 'runtime',
    what: `onnxruntime could not ${doing} the model`,
    got: runtimeMessage(cause),
    cause,
  });
}

/** onnxruntime cannot use a GPU that was asked for. */
export function deviceError(device: Device, cause: unknown): AudiozooError {
  if (AudiozooError.isInstance(cause)) return cause;
  return new AudiozooError({
    code: 'device',
    what: `onnxruntime cannot use ${device}`,
    got: runtimeMessage(cause),
    hint: device === 'webgpu' ? mendWebgpu(String(cause)) : mendCuda,
    ...cudaFailure(String(cause)),
    cause,
  });
}

const mendCuda =
  'Check with `nvidia-smi` that the driver sees a GPU with memory to spare, or use the device "cpu".';

function mendWebgpu(message: string): string {
  return /requires f16/.test(message)
    ? 'This GPU has no float16 arithmetic in WebGPU: leave precision at float32.'
    : 'WebGPU needs a Vulkan (Linux), Metal (macOS) or Direct3D 12 (Windows) driver; or use the device "cpu".';
}

/** onnxruntime itself does not load. */
export function missingRuntimeError(cause: unknown): AudiozooError {
  if (AudiozooError.isInstance(cause)) return cause;
  return new AudiozooError({
    code: 'device',
    what: `onnxruntime does not load on ${process.platform} ${process.arch}`,
    expected:
      'its native library: for Linux (glibc, not musl) and Windows on x64 or arm64, for macOS on arm64',
    got: runtimeMessage(cause),
    hint:
      'Install @audiozoo/backend-node again, on the machine that runs it. Where there is no such library, ' +
      '@audiozoo/backend-web/wasm runs the same models.',
    cause,
  });
}

function runtimeMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // onnxruntime's messages open with the C++ file, function and condition that failed.
  return message
    .split('\n')[0]!
    .replace(/^\/\S+:\d+ .* was false\. /, '')
    .replace(/\.$/, '');
}
