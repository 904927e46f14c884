// A new model out of nothing: its sizes are said, its weights are random numbers.

import { type AnyModel, AudiozooError, type InitializationOptions } from '@audiozoo/core';
import { checkModels, checkSettings, type OptionKinds } from '@audiozoo/core/plugin';
import { checkCall, conversionOptionKinds, verifyOptionKinds, weightsDTypes } from './check-call.js';
import type { VerifyOptions } from './checkpoint/checkpoint.js';
import { type ConversionReport, type WeightsDType, writeConversion } from './convert.js';
import type { ModelDirectorySink } from './output/model-directory-sink.js';
import { planTensors } from './plan-conversion.js';

export interface BeginOptions extends InitializationOptions, VerifyOptions {
  /** The plug-in of the model: one that has a `freshStart`. */
  readonly model: AnyModel;
  readonly output: ModelDirectorySink;
  /** What weights are stored as; float32 when absent. */
  readonly dtype?: WeightsDType | undefined;
}

const optionKinds = {
  ...conversionOptionKinds,
  ...verifyOptionKinds,
  seed: 'number',
  model: 'any',
  output: 'any',
  dtype: weightsDTypes,
} as const satisfies OptionKinds<BeginOptions>;

/**
 * Makes a model with random weights, to be trained from nothing. Its `settings` are those of the model's `freshStart`; what is not
 * said is taken as in a published model, and reported. The directory appears whole or, after an error or abort, not at all.
 *
 * Throws `argument` errors: the model does not begin from nothing, or not with these settings.
 */
export async function beginModel(given: BeginOptions): Promise<ConversionReport> {
  checkCall('beginModel', given, optionKinds);
  const { model, output, dtype = 'float32', signal, onProgress, ...options } = given;
  checkModels([model]);
  signal?.throwIfAborted();
  const freshStart = await model.freshStart?.();
  if (!freshStart) throw beginsOtherwise(model);
  checkSettings(model.type, options.settings, freshStart.settings);
  const plan = freshStart.plan(options);
  const conversion = {
    ...plan,
    tensors: planTensors(model, new Map(), plan),
    recognized: { model: model.type },
    unused: [],
    async close() {},
  };
  return writeConversion(conversion, output, dtype, { signal, onProgress });
}

function beginsOtherwise({ type }: AnyModel): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: `${type} does not begin from nothing`,
    expected: 'a model with a `freshStart`',
    hint: 'Begin from weights of it that are trained.',
    option: 'model',
  });
}
