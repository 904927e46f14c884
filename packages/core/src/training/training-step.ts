// A step of training is a program as a model is: the way there, the gradient of a loss, and the way back, all of it
// operations that a backend runs. Losses, optimizers and what to train are the affair of whoever writes the step down.

import type { Inputs, Outputs } from '../backend/named-tensors.js';
import type { InputSpecification } from '../model/model.js';
import type { Parameter } from '../model/parameter.js';
import type { OwnFloats } from '../tensors/own-array.js';
import type { Shape } from '../tensors/shape.js';
import type { TrainingOps } from './training-ops.js';

export interface TrainingStep {
  /** What it is called where a runtime tells of it. */
  readonly name: string;
  /** All weights that it takes, as a model's. */
  readonly parameters: readonly Parameter[];
  /** As `Model.ignored`. */
  readonly ignored?: ((name: string) => boolean) | undefined;
  /** Names of the parameters that change from run to run; all others stay as they are stored. */
  readonly trained: ReadonlySet<string>;
  /** With the batch in front. */
  readonly inputs: Readonly<Record<string, InputSpecification>>;
  /** Shapes with −1 for the batch. */
  readonly outputs: Readonly<Record<string, Shape>>;
  /** All outputs, of weights by name. Never awaits. */
  build<T>(
    ops: TrainingOps<T>,
    weights: ReadonlyMap<string, T>,
    inputs: Readonly<Record<string, T>>,
  ): Record<string, T>;
}

/** A training step that is ready to run. */
export interface LoadedStep {
  /** As `LoadedModel.device`. */
  readonly device: string;
  /**
   * The trained parameters by name: whoever changes these numbers changes what the next run computes with. A run may
   * take them to another thread: do not touch them meanwhile, and look them up again afterwards.
   */
  readonly trained: ReadonlyMap<string, OwnFloats>;
  /**
   * All outputs, which are the caller's. One run goes on at a time, others wait their turn. Aborting rejects a run that has
   * not begun; one under way is finished, so that the parameters are back once it settles.
   */
  run(inputs: Inputs, options?: StepRunOptions): Promise<Outputs>;
  /** Lets runs under way finish, then frees everything but `trained`. Further runs throw; a second dispose does nothing. */
  dispose(): Promise<void>;
}

export interface StepRunOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Arrays that the caller is done with, by the outputs of which they have the size: the backend may write those there, which
   * is cheaper than new memory. They are its own from then on.
   */
  readonly into?: ReadonlyMap<string, Float32Array> | undefined;
}

export interface TrainOptions {
  /** Aborting rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}
