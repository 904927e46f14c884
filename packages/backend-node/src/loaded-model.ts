import { type AnyModel, AudiozooError, type LoadedModel, type LoadOptions } from '@audiozoo/core';
import { checkInputs, checkOutputs, chooseOutputs } from '@audiozoo/core/plugin';
import type { SessionPool } from './session-pool.js';

/** A model in open sessions. `device` says what they run on. */
export function loadedModel(
  sessions: SessionPool,
  device: string,
  model: AnyModel,
  { config, outputs: loaded }: LoadOptions,
): LoadedModel {
  const specifications = chooseOutputs(model.outputs(config), loaded);
  let closed: Promise<void> | undefined;
  return {
    device,
    async run(inputs, { outputs, signal } = {}) {
      if (closed) {
        throw new AudiozooError({
          code: 'disposed',
          what: 'the model is disposed',
          hint: 'Load it again, or dispose it after the last run.',
        });
      }
      signal?.throwIfAborted();
      checkInputs(model.inputs(config), inputs);
      const wanted = checkOutputs(specifications, outputs);
      return wanted.length === 0 ? {} : sessions.run(inputs, wanted, signal);
    },
    dispose() {
      closed ??= sessions.close();
      return closed;
    },
  };
}
