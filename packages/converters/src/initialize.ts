// A new model out of one that was trained for something else. Which weights stay, which are worked out from
// others and which are made afresh, the model says; the rest is as in a conversion.

import type { AnyModel, ByteSource, FileStore, Initialization, InitializationOptions } from '@audiozoo/core';
import { checkSettings, closingOnError, type OptionKinds } from '@audiozoo/core/plugin';
import {
  checkCall,
  checkSource,
  conversionOptionKinds,
  verifyOptionKinds,
  weightsDTypes,
} from './check-call.js';
import type { VerifyOptions } from './checkpoint/checkpoint.js';
import { openCheckpoint } from './checkpoint/open-checkpoint.js';
import { openDirectory } from './checkpoint/open-directory.js';
import { recognize } from './checkpoint/recognize.js';
import { fitTensors, refuseAdapter } from './checkpoint/surplus.js';
import type { WeightSet } from './checkpoint/weight-sets.js';
import { type ConversionReport, type WeightsDType, writeConversion } from './convert.js';
import type { ModelDirectorySink } from './output/model-directory-sink.js';
import {
  type Conversion,
  describeChoice,
  describeFound,
  modelOf,
  notRecognized,
  planTensors,
  refuseTold,
  type SourceOptions,
} from './plan-conversion.js';

export interface InitializeOptions extends InitializationOptions, Pick<SourceOptions, 'key'>, VerifyOptions {
  /** Model plug-ins that may begin from it. */
  readonly models: readonly AnyModel[];
  readonly output: ModelDirectorySink;
  /** What floating-point weights are stored as; absent: as most of the source's are. */
  readonly dtype?: WeightsDType | undefined;
}

const initializeOptionKinds = {
  ...conversionOptionKinds,
  ...verifyOptionKinds,
  seed: 'number',
  key: 'string',
  models: 'any',
  output: 'any',
  dtype: weightsDTypes,
} as const satisfies OptionKinds<InitializeOptions>;

/**
 * Makes a model for new labels from trained weights: a checkpoint in one file (for AST: a distilled DeiT, or
 * an official AST) or a model directory. The head is random until it is trained. The directory appears whole
 * or, after an error or abort, not at all. Nothing in the source is run.
 *
 * Throws as `convertCheckpoint` does.
 */
export async function initializeModel(
  source: ByteSource | FileStore,
  given: InitializeOptions,
): Promise<ConversionReport> {
  checkSource(source);
  checkCall('initializeModel', given, initializeOptionKinds);
  const { models, output, dtype, key, signal, onProgress, ...options } = given;
  signal?.throwIfAborted();
  const able = new Map<AnyModel, Initialization<unknown>>();
  for (const model of models) {
    if (model.initialization) able.set(model, await model.initialization());
  }
  const conversion =
    'open' in source
      ? await planFromDirectory(source, able, options, { key, signal })
      : await planFromFile(source, able, options, { key, signal });
  return writeConversion(conversion, output, dtype, { signal, onProgress });
}

type Taking = Pick<SourceOptions, 'key'> & { readonly signal: AbortSignal | undefined };

async function planFromFile(
  source: ByteSource,
  able: ReadonlyMap<AnyModel, Initialization<unknown>>,
  options: InitializationOptions,
  { key, signal }: Taking,
): Promise<Conversion> {
  const { tensors } = await openCheckpoint(source, { signal });
  const planOf = ({ model, as, tensors }: WeightSet<Initialization<unknown>>) => {
    checkSettings(model.type, options.settings, as.settings);
    return as.plan(tensors, options);
  };
  const found = await recognize(source.name, tensors, [...able.keys()], (model) => able.get(model), {
    key,
    check: planOf,
    signal,
  });
  if (!found) throw notRecognized(source.name, tensors, [...able.keys()]);
  refuseAdapter(source.name, found.tensors.keys());
  const plan = planOf(found);
  return {
    ...plan,
    tensors: planTensors(found.model, found.tensors, plan),
    recognized: describeFound(found),
    assumptions: [...describeChoice(found), ...plan.assumptions],
    async close() {},
  };
}

async function planFromDirectory(
  files: FileStore,
  able: ReadonlyMap<AnyModel, Initialization<unknown>>,
  options: InitializationOptions,
  { key, signal }: Taking,
): Promise<Conversion> {
  refuseTold({ key });
  const { config, preprocessorConfig, checkpoint, close } = await openDirectory(files, signal);
  return closingOnError(close, async () => {
    const model = modelOf(files.name, config, [...able.keys()]);
    const trained: unknown = model.readConfig(config, preprocessorConfig);
    const parameters = model.parameters(trained);
    const { tensors } = fitTensors(files.name, model, parameters, checkpoint.tensors);
    const initialization = able.get(model)!;
    checkSettings(model.type, options.settings, initialization.settings);
    const plan = initialization.plan(tensors, options, trained);
    return {
      ...plan,
      tensors: planTensors(model, tensors, plan),
      recognized: { model: model.type, naming: 'Hugging Face' },
      close,
    };
  });
}
