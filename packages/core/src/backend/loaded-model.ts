// What a loaded model promises whatever runs it: calls are checked and may be aborted, and freeing waits for those under
// way. Backends give the rest.

import { AudiozooError } from '../errors.js';
import type { AnyModel } from '../model/model.js';
import { abortable } from './abortable.js';
import type { Backend, Inputs, LoadedModel, LoadOptions, Outputs } from './backend.js';
import {
  type ChosenOutputs,
  checkAnyLength,
  checkInputs,
  checkOutputs,
  chooseOutputs,
} from './model-call.js';

/** A model that is ready to run: what is a backend's own. */
export interface Runner {
  /** As `LoadedModel.device`. */
  readonly device: string;
  /**
   * Computes these outputs, one at least, whose tensors are the caller's then. Inputs and names are checked, and
   * nobody waits any longer once `signal` is aborted: it is for runs that have not begun yet.
   */
  run(
    inputs: Inputs,
    outputs: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Outputs> | Outputs;
  /** Frees everything. Called once, with no run under way. */
  dispose?(): Promise<void> | void;
}

/**
 * The `load` of a backend, `able` to what it says: checks what is asked for, has `open` make ready to compute these outputs,
 * and keeps what `LoadedModel` promises. Throws as `chooseOutputs` does, and what `open` throws; a runner that nobody waits for any
 * longer is disposed.
 */
export async function loadedModel(
  model: AnyModel,
  { config, outputs: asked, anyLength = false, signal }: LoadOptions,
  open: (outputs: ChosenOutputs) => Promise<Runner>,
  able: Pick<Backend, 'anyLength'> = {},
): Promise<LoadedModel> {
  signal?.throwIfAborted();
  const chosen = chooseOutputs(model.outputs(config), asked);
  if (anyLength) checkAnyLength(model.inputs(config), able);
  const opening = open(chosen);
  let runner: Runner;
  try {
    runner = await abortable(opening, signal);
  } catch (error) {
    opening.then((unheard) => unheard.dispose?.()).catch(() => {}); // the first error is the one to tell of
    throw error;
  }

  const underWay = new Set<Promise<unknown>>();
  let disposed: Promise<void> | undefined;
  const start = async (inputs: Inputs, names: readonly string[], runSignal: AbortSignal | undefined) =>
    names.length > 0 ? runner.run(inputs, names, runSignal) : {};
  return {
    device: runner.device,
    async run(inputs, { outputs, signal: runSignal } = {}) {
      if (disposed) {
        throw new AudiozooError({
          code: 'disposed',
          what: 'the model is disposed',
          hint: 'Load it again, or dispose it after the last run.',
        });
      }
      runSignal?.throwIfAborted();
      checkInputs(model.inputs(config), inputs, { anyLength });
      const running = start(inputs, checkOutputs(chosen, outputs), runSignal);
      underWay.add(running);
      const leave = () => underWay.delete(running);
      running.then(leave, leave);
      return abortable(running, runSignal);
    },
    dispose() {
      disposed ??= Promise.allSettled(underWay).then(() => runner.dispose?.());
      return disposed;
    },
  };
}
