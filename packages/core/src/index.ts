export type { Backend, LoadedModel, LoadOptions, RunOptions } from './backend/backend.js';
export { checkInputs, checkOutputs, checkTensors, chooseOutputs } from './backend/model-call.js';
export type { Ops } from './backend/ops.js';
export { type Budget, type BudgetLimits, type BudgetOptions, createBudget } from './checks/budget.js';
export { canDo, checkMethod } from './checks/check-method.js';
export { describeValue } from './checks/describe-value.js';
export { checkBounds, checkFactor } from './checks/operation-arguments.js';
export { checkOptions, type OptionKind, type OptionKinds } from './checks/options.js';
export { checkBackend, checkModels } from './checks/plugins.js';
export { listNames, oneLine, preview, quote, quoteName } from './checks/quote.js';
export { rest } from './checks/rest.js';
export { AudiozooError, type ErrorCode, type ErrorDescription, errorDescription } from './errors.js';
export { type ByteSource, blobSource, bytesSource, checkRange } from './files/byte-source.js';
export type {
  ConversionOptions,
  ConversionPlan,
  ForeignCheckpoint,
  ForeignCheckpointOptions,
  TensorInfo,
  TensorInfos,
  TensorSource,
} from './model/foreign-checkpoint.js';
export type {
  ComputedTensor,
  Initialization,
  InitializationOptions,
  InitializationPlan,
} from './model/initialization.js';
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
} from './model/model.js';
export { type ModelInput, modelForm } from './model/model-form.js';
export {
  listParameters,
  type Parameter,
  type ParameterTree,
  parameter,
  type Resolved,
  resolveParameters,
} from './model/parameter.js';
export type { ZooEntry } from './model/zoo.js';
export { unnamedLabel, withLabels } from './model-directory/config-labels.js';
export {
  type Json,
  type JsonObject,
  jsonBudget,
  jsonParts,
  parseJsonObject,
} from './model-directory/json.js';
export {
  type FileStore,
  featureExtractorOf,
  type ModelDirectory,
  type OpenOptions,
  openModelDirectory,
  readJson,
  readPreprocessorConfig,
} from './model-directory/model-directory.js';
export { dequantize, type QuantizedWeight, quantize, scaleName } from './model-directory/quantization.js';
export { readSafetensors, type SafetensorsFile, safetensorsDType } from './model-directory/safetensors.js';
export { mergeShards, openShards, type Shard, shardsBudget } from './model-directory/shards.js';
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
} from './model-directory/weights.js';
export {
  allocate,
  bytesPerElement,
  bytesToElements,
  type DType,
  type DTypeArrays,
  dtypes,
} from './tensors/dtype.js';
export { bfloat16ToNumber, float16ToNumber, numberToBfloat16, numberToFloat16 } from './tensors/half.js';
export { readNpy, writeNpy } from './tensors/npy.js';
export { elementCount, formatShape, type Shape, sameShape } from './tensors/shape.js';
export { castTensor, type Tensor, tensor, toFloat32 } from './tensors/tensor.js';
