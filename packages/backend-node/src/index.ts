export { onnxruntimeNode } from './onnxruntime-node.js';
export { type Device, type OnnxruntimeNodeOptions, onnxruntimeNodeOptionKinds } from './options.js';
