// A backend runs models. Most implement `Ops<T>` and build the model over it, but nothing here asks that.

import type { AnyModel } from '../model/model.js';
import type { Weights } from '../model-directory/weights.js';
import type { LoadedStep, TrainingStep, TrainOptions } from '../training/training-step.js';
import type { Inputs, Outputs } from './named-tensors.js';

export type { Inputs, Outputs };

export interface LoadOptions {
  /** The model's config, from its `readConfig`. */
  readonly config: unknown;
  /**
   * Outputs that runs may ask for: all when absent but those that the model computes on request only. What is
   * needed for no other is not built.
   */
  readonly outputs?: readonly string[] | undefined;
  /**
   * Whether each run may be of another length, as the model's inputs allow; else all are as long as the config says. For
   * backends that have `anyLength`; others throw an `argument` error.
   */
  readonly anyLength?: boolean | undefined;
  /** Aborting rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface RunOptions {
  /** Outputs to compute, of those the model was loaded with; all of them when absent. */
  readonly outputs?: readonly string[];
  /** Aborting rejects with the signal's reason; a run that cannot be stopped checks before it starts. */
  readonly signal?: AbortSignal | undefined;
}

export interface LoadedModel {
  /** What it runs on, and why when there was a choice: `cpu (onnxruntime 1.30, 2 threads)`. */
  readonly device: string;
  /**
   * Concurrent calls are safe; inputs stay as they are and
   * outputs are the caller's. Throws as `checkInputs` and `checkOutputs` do.
   */
  run(inputs: Inputs, options?: RunOptions): Promise<Outputs>;
  /** Lets runs under way finish, then frees everything. Further runs throw; a second dispose does nothing. */
  dispose(): Promise<void>;
}

export interface Backend {
  readonly name: string;
  /** It can load a model for any length; absent: for one at a time. */
  readonly anyLength?: true;
  /**
   * Throws as `checkWeights` does unless `weights` fit the model's parameters exactly. They stay the caller's
   * to close, and are needed no more once this resolves.
   */
  load(model: AnyModel, weights: Weights, options: LoadOptions): Promise<LoadedModel>;
  /**
   * Makes a training step ready to run, in float32. Weights as for `load`. Absent: it runs models and trains none, which
   * `checkTrains` tells people.
   */
  train?(step: TrainingStep, weights: Weights, options?: TrainOptions): Promise<LoadedStep>;
}
