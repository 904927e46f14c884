export { directorySink } from './directory-sink.node.js';
export { type ExportedFile, type ExportOnnxOptions, exportOnnx } from './export-onnx.js';
export * from './index.js';
