export { type Device, type OnnxruntimeNodeOptions, onnxruntimeNode } from './onnxruntime-node.js';
