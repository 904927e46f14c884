// Training steps in one session. The trained parameters are fed as they lie: where the session has a thread of its own,
// they are handed over to it for the run, which copies nothing.

import { type Tensor, type TrainingStep, tensor } from '@audiozoo/core';
import type { StepRunner } from '@audiozoo/core/plugin';
import { runtimeError } from './runtime-error.js';
import type { SessionHost } from './session-host.js';
import type { WeightsFiles } from './weights-files.js';

/** `files` are what the session reads, and closed with it. */
export function stepRunner(
  step: TrainingStep,
  host: SessionHost,
  files: Pick<WeightsFiles, 'check' | 'close'>,
): Omit<StepRunner, 'device'> {
  const shapes = new Map(step.parameters.map(({ name, shape }) => [name, shape]));
  const outputs = Object.keys(step.outputs);
  return {
    async run(inputs, trained, reused) {
      const lent = Array.from(trained, ([name, data]): [string, Tensor<'float32'>] => [
        name,
        tensor('float32', shapes.get(name)!, data),
      ]);
      const into = Array.from(reused, ([name, data]): [string, Tensor<'float32'>] => [
        name,
        tensor('float32', step.outputs[name]!, data),
      ]);
      try {
        await files.check();
        const results = await host.run(inputs, outputs, {
          lent: Object.fromEntries(lent),
          giveBack(back) {
            for (const [name, { data }] of Object.entries(back)) {
              trained.set(name, data as Float32Array<ArrayBuffer>);
            }
          },
          into: Object.fromEntries(into),
        });
        await files.check();
        return results;
      } catch (cause) {
        throw runtimeError('run', cause);
      }
    },
    async dispose() {
      await host.close();
      await files.close();
    },
  };
}
