// What a loaded training step promises whatever runs it. Backends give the rest.

import { abortable } from '../backend/abortable.js';
import { checkInputs } from '../backend/model-call.js';
import type { Inputs, Outputs } from '../backend/named-tensors.js';
import { AudiozooError } from '../errors.js';
import { modelTensors } from '../model-directory/model-weights.js';
import { readParameter, type Weights } from '../model-directory/weights.js';
import type { OwnFloats } from '../tensors/own-array.js';
import { toFloat32 } from '../tensors/tensor.js';
import type { LoadedStep, StepRunOptions, TrainingStep, TrainOptions } from './training-step.js';

/** The trained parameters of a step, by name. */
export type TrainedParameters = Map<string, OwnFloats>;

type ReusedArrays = NonNullable<StepRunOptions['into']>;

/** A step that is ready to run: what is a backend's own. */
export interface StepRunner {
  readonly device: string;
  /**
   * Inputs are checked, and one run goes on at a time. Puts arrays that it had to take elsewhere back into the map. `into` is
   * that of `StepRunOptions`, and may be left alone.
   */
  run(inputs: Inputs, trained: TrainedParameters, into: ReusedArrays): Promise<Outputs> | Outputs;
  dispose?(): Promise<void> | void;
}

/**
 * The `train` of a backend: reads what is trained, has `open` make ready to run, and keeps what `LoadedStep` promises.
 * Throws as `checkWeights` does, and what `open` throws.
 */
export async function loadedStep(
  step: TrainingStep,
  weights: Weights,
  { signal }: TrainOptions,
  open: () => Promise<StepRunner>,
): Promise<LoadedStep> {
  signal?.throwIfAborted();
  const tensors = stepTensors(step, weights);
  const trained: TrainedParameters = new Map();
  for (const each of step.parameters) {
    if (!step.trained.has(each.name)) continue;
    signal?.throwIfAborted();
    trained.set(each.name, toFloat32(await readParameter(each, { tensors })).slice());
  }
  const opening = open();
  let runner: StepRunner;
  try {
    runner = await abortable(opening, signal);
  } catch (error) {
    opening.then((unheard) => unheard.dispose?.()).catch(() => {}); // the first error is the one to tell of
    throw error;
  }

  let last: Promise<unknown> = Promise.resolve();
  let disposed: Promise<void> | undefined;
  return {
    device: runner.device,
    trained,
    async run(inputs, { signal: runSignal, into = new Map() } = {}) {
      if (disposed) throw disposedError();
      const running = last.then(() => {
        runSignal?.throwIfAborted();
        checkInputs(step.inputs, inputs);
        return runner.run(inputs, trained, into);
      });
      last = running.catch(() => {});
      return running;
    },
    dispose() {
      disposed ??= last.then(() => runner.dispose?.());
      return disposed;
    },
  };
}

/** Tensors of a step by the names of its parameters, as `modelTensors` gives those of a model. */
export function stepTensors(
  { parameters, ignored }: TrainingStep,
  weights: Pick<Weights, 'tensors'>,
): Weights['tensors'] {
  return modelTensors({ parameters: () => parameters, ...(ignored && { ignored }) }, undefined, weights);
}

function disposedError(): AudiozooError {
  return new AudiozooError({
    code: 'disposed',
    what: 'the training step is disposed',
    hint: 'Begin again, or dispose it after the last run.',
  });
}
