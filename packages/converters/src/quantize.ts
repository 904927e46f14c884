// A model directory with its linears as int8: a quarter of the bytes, and twice as fast where backends multiply
// integers. The model says which weights bear it. The rest stays float32.

import { type AnyModel, AudiozooError, type DType, type FileStore } from '@audiozoo/core';
import {
  elementCount,
  type OptionKinds,
  type QuantizedWeight,
  quantize,
  scaleName,
} from '@audiozoo/core/plugin';
import { checkCall, checkSource, verifyOptionKinds } from './check-call.js';
import type { CheckpointTensor, VerifyOptions } from './checkpoint/checkpoint.js';
import { type ConversionReport, writeConversion } from './convert.js';
import type { ModelDirectorySink } from './output/model-directory-sink.js';
import { type Conversion, type PlannedTensor, planDirectory, type TensorStream } from './plan-conversion.js';

export interface QuantizeOptions extends VerifyOptions {
  /** Model plug-ins that the directory may be of. */
  readonly models: readonly AnyModel[];
  readonly output: ModelDirectorySink;
  /** `int8`: linears only, each output channel with a scale; `float16`: all weights. */
  readonly dtype: QuantizedDType;
}

export type QuantizedDType = 'int8' | 'float16';

const quantizeOptionKinds = {
  ...verifyOptionKinds,
  models: 'any',
  output: 'any',
  dtype: { choices: ['int8', 'float16'] satisfies QuantizedDType[] },
} as const satisfies OptionKinds<QuantizeOptions>;

export type QuantizationReport = Pick<ConversionReport, 'recognized' | 'parameters' | 'bytes'> & {
  readonly dtype: QuantizedDType;
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
export async function quantizeModel(files: FileStore, given: QuantizeOptions): Promise<QuantizationReport> {
  checkSource(files);
  checkCall('quantizeModel', { ...given, dtype: given?.dtype ?? null }, quantizeOptionKinds);
  const { models, output, dtype, signal, onProgress } = given;
  signal?.throwIfAborted();
  const conversion = await planDirectory(files, models, {}, { signal });
  const parameters = conversion.tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const options = { signal, onProgress };
  const { recognized, bytes } =
    dtype === 'int8'
      ? await writeConversion(await quantized(conversion), output, 'float32', options)
      : await writeConversion(conversion, output, dtype, options);
  return { recognized, parameters, dtype, bytes };
}

async function quantized(conversion: Conversion): Promise<Conversion> {
  const tensors = conversion.tensors.flatMap((each) =>
    each.quantizable ? quantizedTensor(each, each.quantizable) : [each],
  );
  if (tensors.length === conversion.tensors.length) {
    await conversion.close();
    throw new AudiozooError({
      code: 'model',
      what: `${String(conversion.recognized.model)} has no weights that may be stored as int8`,
      hint: 'A model says which with `parameter(name, shape, { quantizable: true })`. float16 is for all.',
    });
  }
  return {
    ...conversion,
    tensors,
    config: { ...conversion.config, quantization_config: quantizationConfig },
  };
}

/** The integers of a weight and their scales, which the file wants at different places: each reads the weight. */
function quantizedTensor({ name, shape }: PlannedTensor, weight: CheckpointTensor): readonly PlannedTensor[] {
  const stream = (part: keyof QuantizedWeight, dtype: DType): TensorStream => ({
    ...weight,
    dtype,
    async *chunks(options) {
      const { data } = quantize(await weight.read(options), name)[part];
      yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    },
  });
  return [
    { name, shape, tensor: stream('integers', 'int8') },
    { name: scaleName(name), shape: shape.slice(0, 1), tensor: stream('scale', 'float32'), isComputed: true },
  ];
}
