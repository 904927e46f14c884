// What users name: interfaces, errors, tensors, model directories.

export type { Backend, Inputs, LoadedModel, LoadOptions, Outputs, RunOptions } from './backend/backend.js';
export type { AttentionOptions, ConvolutionOptions, Ops } from './backend/ops.js';
export {
  AudiozooError,
  type ErrorCode,
  type ErrorDescription,
  type ErrorDetails,
  errorDescription,
  errorMessage,
  siteUrl,
} from './errors.js';
export { type ByteSource, blobSource, bytesSource } from './files/byte-source.js';
export type { FileStore } from './files/file-store.js';
export type { AttentionMaps } from './model/attention.js';
export type {
  ConversionOptions,
  ConversionPlan,
  ForeignCheckpoint,
  ForeignCheckpointOptions,
  TensorInfo,
  TensorInfos,
  TensorSource,
} from './model/foreign-checkpoint.js';
export type { FreshStart, FreshStartPlan } from './model/fresh-start.js';
export type {
  ComputedTensor,
  Initialization,
  InitializationOptions,
  InitializationPlan,
} from './model/initialization.js';
export type { Label, ProblemType } from './model/label.js';
export type {
  AnyModel,
  ClipBounds,
  FrontEnd,
  FrontEndStream,
  InputSize,
  InputSpecification,
  LengthSpecification,
  Model,
  ModelParts,
  OutputSpecification,
  Resizing,
  TensorSpecification,
  TextTower,
  Tokens,
} from './model/model.js';
export type { ModelInput } from './model/model-form.js';
export type {
  Derivation,
  FoldedBatchNorm,
  Parameter,
  ParameterTree,
  Resolved,
  SourceGradient,
} from './model/parameter.js';
export type { Setting, Settings, SettingValues } from './model/setting.js';
export type { ZooEntry } from './model/zoo.js';
export type { Json, JsonObject } from './model-directory/json.js';
export {
  type ModelDirectory,
  type OpenOptions,
  openModelDirectory,
} from './model-directory/model-directory.js';
export { readSafetensors, type SafetensorsFile } from './model-directory/safetensors.js';
export { readTensor, type StoredTensor, type Weights } from './model-directory/weights.js';
export type { Progress } from './progress.js';
export { type DType, type DTypeArrays, dtypes } from './tensors/dtype.js';
export { readNpy, writeNpy } from './tensors/npy.js';
export type { Shape } from './tensors/shape.js';
export { castTensor, type Tensor, tensor, toFloat32 } from './tensors/tensor.js';
export type {
  AttentionGradient,
  BatchNormalized,
  NormGradient,
  TrainingOps,
} from './training/training-ops.js';
export type { LoadedStep, StepRunOptions, TrainingStep, TrainOptions } from './training/training-step.js';
