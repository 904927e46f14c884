export { onnxruntimeNode } from './onnxruntime-node.js';
export type { Device, OnnxruntimeNodeOptions } from './options.js';
