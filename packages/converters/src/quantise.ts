// A model directory with its linears as int8: a quarter of the bytes, and twice as fast where backends multiply
// integers. The model says which weights bear it. The rest stays float32.

import {
  type AnyModel,
  AudiozooError,
  type DType,
  elementCount,
  type FileStore,
  type OptionKinds,
  type QuantisedWeight,
  quantise,
  scaleName,
} from '@audiozoo/core';
import { checkCall, checkSource, verifyOptionKinds } from './check-call.js';
import type { CheckpointTensor, VerifyOptions } from './checkpoint.js';
import { type ConversionReport, writeConversion } from './convert.js';
import type { ModelDirectorySink } from './model-directory-sink.js';
import { type Conversion, type PlannedTensor, planDirectory, type TensorStream } from './plan-conversion.js';

export interface QuantiseOptions extends VerifyOptions {
  /** Model plug-ins that the directory may be of. */
  readonly models: readonly AnyModel[];
  readonly output: ModelDirectorySink;
  /** `int8`: linears only, each output channel with a scale; `float16`: all weights. */
  readonly dtype: QuantisedDType;
}

export type QuantisedDType = 'int8' | 'float16';

const quantiseOptionKinds = {
  ...verifyOptionKinds,
  models: 'any',
  output: 'any',
  dtype: { choices: ['int8', 'float16'] satisfies QuantisedDType[] },
} as const satisfies OptionKinds<QuantiseOptions>;

export type QuantisationReport = Pick<ConversionReport, 'recognised' | 'parameters' | 'bytes'> & {
  readonly dtype: QuantisedDType;
};

/**
 * For Python, which would else take the integers for the weights, and for people. audiozoo goes by what the
 * weights file holds.
 */
const quantizationConfig = { quant_method: 'audiozoo', dtype: 'int8', scheme: 'symmetric-per-channel' };

/**
 * Writes a model directory again with smaller weights, a tensor in memory at a time. The directory appears
 * whole or, after an error or abort, not at all.
 *
 * Throws as `convertCheckpoint` does; a `model` error when the model has no weights that may be int8.
 */
export async function quantiseModel(files: FileStore, given: QuantiseOptions): Promise<QuantisationReport> {
  checkSource(files);
  checkCall('quantiseModel', { ...given, dtype: given?.dtype ?? null }, quantiseOptionKinds);
  const { models, output, dtype, signal, onProgress } = given;
  signal?.throwIfAborted();
  const conversion = await planDirectory(files, models, {}, { signal });
  const parameters = conversion.tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const options = { signal, onProgress };
  const { recognised, bytes } =
    dtype === 'int8'
      ? await writeConversion(await quantised(conversion), output, 'float32', options)
      : await writeConversion(conversion, output, dtype, options);
  return { recognised, parameters, dtype, bytes };
}

async function quantised(conversion: Conversion): Promise<Conversion> {
  const tensors = conversion.tensors.flatMap((each) =>
    each.quantisable ? quantisedTensor(each, each.quantisable) : [each],
  );
  if (tensors.length === conversion.tensors.length) {
    await conversion.close();
    throw new AudiozooError({
      code: 'model',
      what: `${String(conversion.recognised.model)} has no weights that may be stored as int8`,
      mend: 'A model says which with `parameter(name, shape, { quantisable: true })`. float16 is for all.',
    });
  }
  return {
    ...conversion,
    tensors,
    config: { ...conversion.config, quantization_config: quantizationConfig },
  };
}

/** The integers of a weight and their scales, which the file wants at different places: each reads the weight. */
function quantisedTensor({ name, shape }: PlannedTensor, weight: CheckpointTensor): readonly PlannedTensor[] {
  const stream = (part: keyof QuantisedWeight, dtype: DType): TensorStream => ({
    ...weight,
    dtype,
    async *chunks(options) {
      const { data } = quantise(await weight.read(options), name)[part];
      yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    },
  });
  return [
    { name, shape, tensor: stream('integers', 'int8') },
    { name: scaleName(name), shape: shape.slice(0, 1), tensor: stream('scale', 'float32'), isComputed: true },
  ];
}
