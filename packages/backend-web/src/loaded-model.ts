// What a loaded model promises whatever runs it: calls are checked, aborted and counted, and freeing waits
// for those under way.

import {
  type AnyModel,
  AudiozooError,
  type Inputs,
  type LoadedModel,
  type LoadOptions,
  type Outputs,
} from '@audiozoo/core';
import { checkInputs, checkOutputs, chooseOutputs } from '@audiozoo/core/plugin';

/** The part that differs between runtimes. */
export interface Runner {
  readonly device: string;
  /** Computes these outputs. Inputs and names are checked. */
  run(inputs: Inputs, outputs: readonly string[], signal: AbortSignal | undefined): Promise<Outputs>;
  /** Called once, with no run under way. */
  free(): Promise<void> | void;
}

export function loadedModel(
  model: AnyModel,
  { config, outputs: loaded }: LoadOptions,
  runner: Runner,
): LoadedModel {
  const specifications = chooseOutputs(model.outputs(config), loaded);
  const underWay = new Set<Promise<unknown>>();
  let freed: Promise<void> | undefined;
  return {
    device: runner.device,
    async run(inputs, { outputs, signal } = {}) {
      if (freed) {
        throw new AudiozooError({
          code: 'disposed',
          what: 'the model is disposed',
          hint: 'Load it again, or dispose it after the last run.',
        });
      }
      signal?.throwIfAborted();
      checkInputs(model.inputs(config), inputs);
      const running = runner.run(inputs, checkOutputs(specifications, outputs), signal);
      underWay.add(running);
      try {
        return await running;
      } finally {
        underWay.delete(running);
      }
    },
    dispose() {
      freed ??= Promise.allSettled(underWay).then(() => runner.free());
      return freed;
    },
  };
}
