// What a model tells the converters about checkpoints that other software wrote: how to recognize them,
// and which of their tensors become which of the model's parameters.

import type { JsonObject } from '../model-directory/json.js';
import type { DType } from '../tensors/dtype.js';
import type { Shape } from '../tensors/shape.js';
import type { Label, ProblemType } from './label.js';
import type { Settings, SettingValues } from './setting.js';

export interface TensorInfo {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Tensors of a checkpoint by name, without their data. */
export type TensorInfos = ReadonlyMap<string, TensorInfo>;

/** What a person says about a checkpoint that its file does not. */
export interface ConversionOptions {
  readonly labels?: readonly Label[];
  readonly problemType?: ProblemType;
  /** Settings of the model's own, by name, which it declares. */
  readonly settings?: SettingValues | undefined;
}

/** The same of one that is to stay what it is. */
export interface ForeignCheckpointOptions extends ConversionOptions {
  /** Its config.json, for weights that were saved without it. */
  readonly config?: JsonObject;
  /** Its preprocessor_config.json, likewise. */
  readonly preprocessorConfig?: JsonObject;
}

/** One parameter and where it comes from: the whole tensor `from`, or `rows` of its first axis. */
export interface TensorSource {
  /** Parameter name in the model directory. */
  readonly name: string;
  readonly from: string;
  readonly rows?: { readonly start: number; readonly end: number };
  /** Shape in the model directory: that of the rows, or another with as many elements. */
  readonly shape: Shape;
}

export interface ConversionPlan {
  readonly config: JsonObject;
  readonly preprocessorConfig: JsonObject;
  readonly tensors: readonly TensorSource[];
  /** Tensors of the checkpoint that the model does not use. */
  readonly unused: readonly string[];
  /** What was taken for granted, a sentence each, for the person to check. */
  readonly assumptions: readonly string[];
}

export interface ForeignCheckpoint {
  /** What a person may say of them besides. */
  readonly settings?: Settings;
  /** What these tensors are, as JSON for `inspect`; undefined when they are not of this model. */
  recognize(tensors: TensorInfos): JsonObject | undefined;
  /**
   * Its settings have been checked. Throws when something needed is not said, and one `weights` error for all missing and misshapen tensors. Further
   * ones are passed over: what they mean for a model is not its own affair. `fileName` is what the file is called, which
   * may say what it does not hold.
   */
  plan(tensors: TensorInfos, options: ForeignCheckpointOptions, fileName?: string): ConversionPlan;
}
