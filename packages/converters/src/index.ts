export {
  type AverageReport,
  averageCheckpoints,
  averageModels,
  type FileOutput,
} from './average.js';
export type {
  Checkpoint,
  CheckpointFormat,
  CheckpointTensor,
  Progress,
  ReadOptions,
  Rows,
  VerifyOptions,
} from './checkpoint.js';
export {
  type ConversionReport,
  type ConvertOptions,
  convertCheckpoint,
  type WeightsDType,
} from './convert.js';
export { type InitializeOptions, initializeModel } from './initialize.js';
export { type Inspection, type InspectOptions, inspectCheckpoint } from './inspect.js';
export { type ModelDirectorySink, memoryDirectory } from './model-directory-sink.js';
export { openCheckpoint } from './open-checkpoint.js';
export {
  type QuantizationReport,
  type QuantizedDType,
  type QuantizeOptions,
  quantizeModel,
} from './quantize.js';
export { type SafetensorsEntry, writeSafetensors } from './write-safetensors.js';
