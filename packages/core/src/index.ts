export type { Backend, LoadedModel, LoadOptions, RunOptions } from './backend.js';
export { type Budget, type BudgetLimits, type BudgetOptions, createBudget } from './budget.js';
export { type ByteSource, blobSource, bytesSource, checkRange } from './byte-source.js';
export { canDo, checkMethod } from './check-method.js';
export { unnamedLabel, withLabels } from './config-labels.js';
export { describeValue } from './describe-value.js';
export { allocate, bytesPerElement, bytesToElements, type DType, type DTypeArrays, dtypes } from './dtype.js';
export { AudiozooError, type ErrorCode, type ErrorDescription, errorDescription } from './errors.js';
export type {
  ConversionOptions,
  ConversionPlan,
  ForeignCheckpoint,
  ForeignCheckpointOptions,
  TensorInfo,
  TensorInfos,
  TensorSource,
} from './foreign-checkpoint.js';
export { bfloat16ToNumber, float16ToNumber, numberToBfloat16, numberToFloat16 } from './half.js';
export type {
  ComputedTensor,
  Initialization,
  InitializationOptions,
  InitializationPlan,
} from './initialization.js';
export { type Json, type JsonObject, jsonBudget, jsonParts, parseJsonObject } from './json.js';
export type {
  AnyModel,
  ClipBounds,
  FrontEnd,
  FrontEndStream,
  InputSize,
  InputSpecification,
  Label,
  Model,
  ModelForm,
  OutputSpecification,
  ProblemType,
  Resizing,
  TensorSpecification,
} from './model.js';
export { checkInputs, checkOutputs, checkTensors, chooseOutputs } from './model-call.js';
export {
  type FileStore,
  featureExtractorOf,
  type ModelDirectory,
  type OpenOptions,
  openModelDirectory,
  readJson,
  readPreprocessorConfig,
} from './model-directory.js';
export { type ModelInput, modelForm } from './model-form.js';
export { readNpy, writeNpy } from './npy.js';
export { checkBounds, checkFactor } from './operation-arguments.js';
export type { Ops } from './ops.js';
export { checkOptions, type OptionKind, type OptionKinds } from './options.js';
export {
  listParameters,
  type Parameter,
  type ParameterTree,
  parameter,
  type Resolved,
  resolveParameters,
} from './parameter.js';
export { checkBackend, checkModels } from './plugins.js';
export { dequantize, type QuantizedWeight, quantize, scaleName } from './quantization.js';
export { listNames, oneLine, preview, quote, quoteName } from './quote.js';
export { rest } from './rest.js';
export { readSafetensors, type SafetensorsFile, safetensorsDType } from './safetensors.js';
export { elementCount, formatShape, type Shape, sameShape } from './shape.js';
export { mergeShards, openShards, type Shard, shardsBudget } from './shards.js';
export { castTensor, type Tensor, tensor, toFloat32 } from './tensor.js';
export {
  byteLength,
  checkWeights,
  compareWeights,
  readParameter,
  readParameters,
  readTensor,
  replaceWeights,
  resolveAliases,
  type StoredTensor,
  storedScale,
  type Weights,
  weightsInMemory,
} from './weights.js';
export type { ZooEntry } from './zoo.js';
