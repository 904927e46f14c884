export { type ExportedFile, type ExportOnnxOptions, exportOnnx } from './export-onnx.js';
export * from './index.js';
export { directorySink } from './output/directory-sink.node.js';
export { fileOutput } from './output/file-output.node.js';
