export * from './index.js';
export { type ExportOnnxOptions, exportOnnx } from './onnx/export-onnx.js';
export { type ExportTritonOptions, exportTriton } from './onnx/export-triton.js';
export type { ExportedFile } from './onnx/onnx-file.js';
export { directorySink } from './output/directory-sink.node.js';
export { fileOutput } from './output/file-output.node.js';
