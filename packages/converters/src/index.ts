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
export { type InitialiseOptions, initialiseModel } from './initialise.js';
export { type Inspection, type InspectOptions, inspectCheckpoint } from './inspect.js';
export { type ModelDirectorySink, memoryDirectory } from './model-directory-sink.js';
export { openCheckpoint } from './open-checkpoint.js';
export {
  type QuantisationReport,
  type QuantisedDType,
  type QuantiseOptions,
  quantiseModel,
} from './quantise.js';
export { type SafetensorsEntry, writeSafetensors } from './write-safetensors.js';
