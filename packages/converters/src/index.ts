export { type SafetensorsEntry, writeSafetensors } from '@audiozoo/core/plugin';
export {
  type AverageReport,
  averageCheckpoints,
  averageModels,
  type FileOutput,
} from './average.js';
export { type BeginOptions, beginModel } from './begin.js';
export type {
  Checkpoint,
  CheckpointFormat,
  CheckpointTensor,
  ReadOptions,
  Rows,
  VerifyOptions,
} from './checkpoint/checkpoint.js';
export { type Inspection, type InspectOptions, inspectCheckpoint } from './checkpoint/inspect.js';
export { openCheckpoint } from './checkpoint/open-checkpoint.js';
export {
  type ConversionReport,
  type ConvertOptions,
  convertCheckpoint,
  type WeightsDType,
} from './convert.js';
export { type InitializeOptions, initializeModel } from './initialize.js';
export { type ModelDirectorySink, memoryDirectory } from './output/model-directory-sink.js';
export {
  type QuantizationReport,
  type QuantizedDType,
  type QuantizeOptions,
  quantizeModel,
} from './quantize.js';
