import { onnxruntimeWeb } from '@audiozoo/backend-web/onnxruntime';
import type { Backend } from '@audiozoo/core';
import * as ort from 'onnxruntime-web';
import mjs from 'onnxruntime-web/ort-wasm-simd-threaded.jsep.mjs?url';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.jsep.wasm?url';
import type { Device } from './runtime-choice.js';

// Its files lie beside the page's own; left alone, it would look for them where its script is.
const here = (url: string) => new URL(url, import.meta.url).href;
ort.env.wasm.wasmPaths = { mjs: here(mjs), wasm: here(wasm) };

export function onnxruntime(device: Device): Backend {
  return onnxruntimeWeb({ ort, device });
}
