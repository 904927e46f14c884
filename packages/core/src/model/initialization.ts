// What a model tells the converters about beginning anew: which weights of another training it takes over,
// which it works out from them, and which it makes afresh.

import type { JsonObject } from '../model-directory/json.js';
import type { Shape } from '../tensors/shape.js';
import type { Tensor } from '../tensors/tensor.js';
import type { ConversionOptions, ConversionPlan, TensorInfos, TensorSource } from './foreign-checkpoint.js';
import type { Label } from './label.js';
import type { Settings } from './setting.js';

export interface InitializationOptions extends ConversionOptions {
  /** What the new model is to tell apart. */
  readonly labels: readonly Label[];
  /** Of the random numbers: the same seed, the same weights. 0 when absent. */
  readonly seed?: number | undefined;
}

/** A parameter worked out from one tensor, or made afresh. It is in memory whole, so small ones only. */
export interface ComputedTensor {
  /** Parameter name in the model directory. */
  readonly name: string;
  readonly shape: Shape;
  /** The tensor that `compute` is given; absent when it needs none. */
  readonly from?: string;
  compute(source: Tensor | undefined): Tensor<'float32'>;
}

export interface InitializationPlan extends Omit<ConversionPlan, 'tensors'> {
  readonly tensors: readonly (TensorSource | ComputedTensor)[];
}

export interface Initialization<Config> {
  /** What it begins from and how, for people. */
  readonly about?: string;
  /** What a person may say of the new model. */
  readonly settings?: Settings;
  /** What these tensors are, as JSON; undefined when the model cannot begin from them. */
  recognize(tensors: TensorInfos): JsonObject | undefined;
  /**
   * How to begin from a checkpoint, or from a directory of this model with the config `trained`. Throws when
   * something needed is not said, and one error for all missing, unexpected and misshapen tensors.
   */
  plan(tensors: TensorInfos, options: InitializationOptions, trained?: Config): InitializationPlan;
}
