export type { WebDevice } from '../gpu.js';
export { type OnnxruntimeWebOptions, onnxruntimeWeb } from './onnxruntime-web.js';
export type { Onnxruntime } from './runtime.js';
