export { checkFolderIsFree, directorySink } from './directory-sink.node.js';
export { type ExportedFile, type ExportOnnxOptions, exportOnnx } from './export-onnx.js';
export { fileOutput } from './file-output.node.js';
export * from './index.js';
