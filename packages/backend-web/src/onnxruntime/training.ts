// Training steps in onnxruntime-web. What trains is fed to each run, from where optimizers change it.

import { AudiozooError, type Tensor, type TrainingStep, tensor, type Weights } from '@audiozoo/core';
import type { StepRunner } from '@audiozoo/core/plugin';
import { traceTrainingStep } from '@audiozoo/onnx';
import type { SessionRunner, Trace } from './session-runner.js';

/** Throws an `argument` error on a precision that models run in, but do not train in. */
export function traceStep(
  step: TrainingStep,
  weights: Weights,
  precision: 'float32' | 'float16' = 'float32',
): Trace {
  if (precision !== 'float32') {
    throw new AudiozooError({
      code: 'argument',
      what: 'onnxruntime-web trains in float32 alone',
      expected: 'precision float32',
      got: precision,
      hint: 'Leave precision out.',
      option: 'precision',
    });
  }
  return ({ operators }) => traceTrainingStep(step, weights, { operators });
}

export function stepRunner(step: TrainingStep, { device, run, dispose }: SessionRunner): StepRunner {
  const shapes = new Map(step.parameters.map(({ name, shape }) => [name, shape]));
  const outputs = Object.keys(step.outputs);
  return {
    device,
    run(inputs, trained) {
      const current = Array.from(trained, ([name, data]): [string, Tensor<'float32'>] => [
        name,
        tensor('float32', shapes.get(name)!, data),
      ]);
      return run({ ...inputs, ...Object.fromEntries(current) }, outputs);
    },
    dispose,
  };
}
