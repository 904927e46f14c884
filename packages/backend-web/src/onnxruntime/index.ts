export { type OnnxruntimeWebOptions, onnxruntimeWeb } from './onnxruntime-web.js';
export type { Onnxruntime, WebDevice } from './runtime.js';
