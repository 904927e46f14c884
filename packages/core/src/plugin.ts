// What authors of models, backends, readers and tasks need beside the interfaces.

export { abortable } from './backend/abortable.js';
export { loadedModel, type Runner } from './backend/loaded-model.js';
export {
  type ChosenOutputs,
  checkInputs,
  checkOutputs,
  checkTensors,
  chooseOutputs,
  takesAnyLength,
} from './backend/model-call.js';
export { type Budget, type BudgetLimits, type BudgetOptions, createBudget } from './checks/budget.js';
export { canDo, checkMethod } from './checks/check-method.js';
export { describeValue } from './checks/describe-value.js';
export { checkBounds, checkFactor, convolvedShape } from './checks/operation-arguments.js';
export { checkOptions, type OptionKind, type OptionKinds } from './checks/options.js';
export { checkBackend, checkModels } from './checks/plugins.js';
export { listNames, oneLine, preview, quote, quoteName } from './checks/quote.js';
export { rest } from './checks/rest.js';
export { type Refuse, refusing } from './errors.js';
export { blockBytes, checkRange, closingOnError, sourceBlocks } from './files/byte-source.js';
export { type CsvOptions, parseCsv } from './files/csv.js';
export type { FileSink } from './files/file-sink.js';
export { type BatchNorm, bandNorm, batchNorm, foldBatchNorm } from './model/batch-norm.js';
export {
  assumeUsual,
  inferHeads,
  planRenamed,
  requireLabels,
  unfitSetting,
} from './model/checkpoint-plan.js';
export {
  deviationSetting,
  type FreshWeights,
  freshWeights,
  usualDeviation,
} from './model/fresh-weights.js';
export { checkLabels, inferLabels, type LabelList } from './model/inferred-labels.js';
export { createLabelIndex, type LabelIndex } from './model/label-index.js';
export { modelForm } from './model/model-form.js';
export { listParameters, parameter, resolveParameters, storedParameters } from './model/parameter.js';
export { checkSettings, refuseSettings } from './model/setting.js';
export {
  mostLabels,
  readLabels,
  relabel,
  unnamedLabel,
  withLabels,
} from './model-directory/config-labels.js';
export { type ConfigReader, configReader } from './model-directory/config-reader.js';
export { isJsonObject, jsonBudget, jsonParts, jsonText, parseJsonObject } from './model-directory/json.js';
export { readJson, readPreprocessorConfig } from './model-directory/model-directory.js';
export { modelTensors, readWeights } from './model-directory/model-weights.js';
export { dequantize, type QuantizedWeight, quantize, scaleName } from './model-directory/quantization.js';
export { safetensorsDType } from './model-directory/safetensors.js';
export { mergeShards, openShards, type Shard, shardsBudget } from './model-directory/shards.js';
export {
  byteLength,
  checkWeights,
  compareWeights,
  fetchWeights,
  readParameter,
  resolveAliases,
  storedScale,
  weightsInMemory,
} from './model-directory/weights.js';
export {
  memoryEntry,
  type SafetensorsEntry,
  type SafetensorsOptions,
  writeSafetensors,
  writeWeightsFile,
} from './model-directory/write-safetensors.js';
export { createSha256 } from './network/sha256.js';
export { isWebPage } from './network/web-page.js';
export { type RandomStream, type SeededRandom, seededRandom } from './random/seeded-random.js';
export { concatenate } from './tensors/concatenate.js';
export { allocate, bytesPerElement, bytesToElements } from './tensors/dtype.js';
export { bfloat16ToNumber, float16ToNumber, numberToBfloat16, numberToFloat16 } from './tensors/half.js';
export type { OwnBytes } from './tensors/own-array.js';
export { elementCount, formatShape, sameShape } from './tensors/shape.js';
export {
  loadedStep,
  type StepRunner,
  stepTensors,
  type TrainedParameters,
} from './training/loaded-step.js';
