// A checkpoint → a Hugging Face model directory. The weights stream through in the order of the file, are
// verified on the way, and nothing appears before all of it is right.

import type {
  AnyModel,
  ByteSource,
  DType,
  FileStore,
  ForeignCheckpointOptions,
  JsonObject,
} from '@audiozoo/core';
import {
  elementCount,
  type OptionKinds,
  type SafetensorsEntry,
  writeWeightsFile,
} from '@audiozoo/core/plugin';
import { isAdapterDirectory, planAdapter, refuseBase } from './adapter/adapter.js';
import {
  checkCall,
  checkSource,
  conversionOptionKinds,
  verifyOptionKinds,
  weightsDTypes,
} from './check-call.js';
import type { VerifyOptions } from './checkpoint/checkpoint.js';
import { castChunks } from './output/cast-chunks.js';
import { type ModelDirectorySink, writeConfigs, writeJson } from './output/model-directory-sink.js';
import { whole } from './output/whole.js';
import {
  type Conversion,
  type PlannedTensor,
  planDirectory,
  planFile,
  type SourceOptions,
} from './plan-conversion.js';

export type WeightsDType = 'float32' | 'float16' | 'bfloat16';

export interface ConvertOptions extends ForeignCheckpointOptions, SourceOptions, VerifyOptions {
  /** Model plug-ins that the checkpoint may be of. */
  readonly models: readonly AnyModel[];
  readonly output: ModelDirectorySink;
  /** The model directory that an adapter of PEFT was trained on, into which it is merged. */
  readonly base?: FileStore | undefined;
  /** What floating-point weights are stored as; absent: as most of them are. */
  readonly dtype?: WeightsDType | undefined;
}

const convertOptionKinds = {
  ...conversionOptionKinds,
  ...verifyOptionKinds,
  models: 'any',
  output: 'any',
  base: 'any',
  key: 'string',
  strict: 'boolean',
  config: 'record',
  preprocessorConfig: 'record',
  dtype: weightsDTypes,
} as const satisfies OptionKinds<ConvertOptions>;

export interface ConversionReport {
  /** What the checkpoint was recognized as. */
  readonly recognized: JsonObject;
  /** What was taken for granted, a sentence each. Show them: only a person can tell. */
  readonly assumptions: readonly string[];
  /** Tensors of the source that the model does not use. */
  readonly unused: readonly string[];
  /** Weights, counted one by one. */
  readonly parameters: number;
  readonly dtype: WeightsDType;
  /** Size of model.safetensors. */
  readonly bytes: number;
}

export const floatingPoint: ReadonlySet<DType> = new Set(['float64', 'float32', 'float16', 'bfloat16']);

/**
 * Converts a checkpoint in one file, a Hugging Face directory (`pytorch_model.bin`, or safetensors to store in
 * another dtype), or a PEFT adapter's directory with its `base`, to a model directory: config.json,
 * preprocessor_config.json, model.safetensors.
 * The directory appears whole or, after an error or abort, not at all. Nothing in the source is run.
 *
 * Throws `checkpoint` errors for files that are damaged, hostile or of no known model, `weights` errors that
 * list all missing, unexpected and misshapen tensors, `argument` errors for what only the caller can say.
 */
export async function convertCheckpoint(
  source: ByteSource | FileStore,
  given: ConvertOptions,
): Promise<ConversionReport> {
  checkSource(source);
  checkCall('convertCheckpoint', given, convertOptionKinds);
  const { models, output, dtype, key, strict, base, signal, onProgress, ...options } = given;
  signal?.throwIfAborted();
  const taking = { key, strict, signal };
  const isAdapter = 'open' in source && (await isAdapterDirectory(source));
  if (!isAdapter) refuseBase(base, source.name);
  const plan = () => {
    if (!('open' in source)) return planFile(source, models, options, taking);
    if (isAdapter) return planAdapter(source, base, models, options, taking);
    return planDirectory(source, models, options, taking);
  };
  const conversion = await plan();
  return writeConversion(conversion, output, dtype, { signal, onProgress });
}

/** Writes what is planned; the directory appears whole or not at all. Closes the conversion. */
export async function writeConversion(
  conversion: Conversion,
  output: ModelDirectorySink,
  dtype: WeightsDType | undefined,
  options: VerifyOptions,
): Promise<ConversionReport> {
  return whole(output, async () => {
    const report = await write(conversion, output, dtype, options);
    options.signal?.throwIfAborted();
    return report;
  }).finally(() => conversion.close());
}

async function write(
  conversion: Conversion,
  output: ModelDirectorySink,
  dtypeAsked: WeightsDType | undefined,
  { signal, onProgress }: VerifyOptions,
): Promise<ConversionReport> {
  const own = usualDType(conversion.tensors);
  const dtype = dtypeAsked ?? own.dtype;
  const assumptions = [...conversion.assumptions];
  if (dtypeAsked === undefined) assumptions.push(own.why);

  // transformers reads the dtype under either key; keep the one that is there.
  const dtypeKey = 'dtype' in conversion.config ? 'dtype' : 'torch_dtype';
  const config = { ...conversion.config, [dtypeKey]: dtype };
  await writeConfigs(output, config, conversion.preprocessorConfig);
  for (const [name, json] of Object.entries(conversion.others ?? {})) await writeJson(output, name, json);

  const inFileOrder = [...conversion.tensors].sort(
    (a, b) => a.tensor.position - b.tensor.position || (a.rows?.start ?? 0) - (b.rows?.start ?? 0),
  );
  const entries = inFileOrder.map(({ name, shape, tensor, rows }): SafetensorsEntry => {
    const stored = floatingPoint.has(tensor.dtype) ? dtype : tensor.dtype;
    const chunks = () => castChunks(tensor.chunks({ rows, signal }), tensor.dtype, stored);
    return { name, dtype: stored, shape, chunks };
  });
  const bytes = await writeWeightsFile(() => output.create('model.safetensors'), entries, {
    signal,
    onProgress,
  });
  for (const { tensor } of inFileOrder) await tensor.verify({ signal });

  return {
    recognized: conversion.recognized,
    assumptions,
    unused: conversion.unused,
    parameters: entries.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    dtype,
    bytes,
  };
}

/** What most floating-point weights are stored as, and what to say if that is not all there is to it. */
function usualDType(tensors: readonly PlannedTensor[]): { dtype: WeightsDType; why: string } {
  const counts = new Map<DType, number>();
  for (const { tensor, shape, isComputed } of tensors) {
    if (isComputed || !floatingPoint.has(tensor.dtype)) continue;
    counts.set(tensor.dtype, (counts.get(tensor.dtype) ?? 0) + elementCount(shape));
  }
  const [first, ...others] = [...counts].sort((a, b) => b[1] - a[1]).map(([dtype]) => dtype);
  const dtype = first === undefined || first === 'float64' ? 'float32' : (first as WeightsDType);
  if (others.length > 0) {
    return { dtype, why: `Weights stored as ${dtype}: most are ${first}, others ${others.join(', ')}.` };
  }
  const why = first === 'float64' ? 'float64 is not needed' : 'as in the checkpoint';
  return { dtype, why: `Weights stored as ${dtype}: ${why}.` };
}
