// Training steps on TensorFlow.js. What trains is uploaded for each run: it lives outside, where optimizers change it.

import { type TrainingStep, type TrainOptions, toFloat32, type Weights } from '@audiozoo/core';
import { readParameter, type StepRunner, stepTensors } from '@audiozoo/core/plugin';
import type { Tensor } from '@tensorflow/tfjs-core';
import { lostError, noLoss, watchLoss } from '../lost-device.js';
import { gpuDevice, onBackend, resetBackend, type TfjsDevice } from './engine.js';
import { readOutputs, runError, uploadInputs } from './run.js';
import type { Tfjs } from './tfjs-namespace.js';
import { trainingOps } from './training-ops.js';

/** `device` has been started. */
export async function openStep(
  tf: Tfjs,
  device: TfjsDevice,
  step: TrainingStep,
  weights: Weights,
  { signal }: TrainOptions,
): Promise<Omit<StepRunner, 'device'>> {
  const gpu = gpuDevice(tf, device);
  const loss = gpu ? watchLoss(gpu, () => resetBackend(tf, device)) : noLoss;
  const tensors = stepTensors(step, weights);
  const names = Object.keys(step.outputs);
  const shapes = new Map(step.parameters.map(({ name, shape }) => [name, shape]));
  const frozen = new Map<string, Tensor>();
  const dispose = () => {
    for (const weight of frozen.values()) weight.dispose();
  };
  try {
    for (const each of step.parameters.filter(({ name }) => !step.trained.has(name))) {
      signal?.throwIfAborted();
      const stored = toFloat32(await readParameter(each, { tensors }));
      await tf.ready(); // while another backend starts, the engine takes nothing
      const upload = () => tf.keep(tf.tensor(stored, [...each.shape]));
      frozen.set(each.name, onBackend(tf, device, upload));
    }
  } catch (error) {
    dispose();
    throw error;
  }
  const ops = trainingOps(tf, { singleMatrices: device === 'wasm' });

  return {
    async run(inputs, trained) {
      await tf.ready();
      if (loss.lost) throw lostError(loss.lost);
      let outputs: readonly Tensor[] = [];
      try {
        outputs = onBackend(tf, device, () =>
          tf.tidy(() => {
            const current = Array.from(trained, ([name, data]): [string, Tensor] => [
              name,
              tf.tensor(data, [...shapes.get(name)!]),
            ]);
            const built = step.build(ops, new Map([...frozen, ...current]), uploadInputs(tf, inputs));
            return names.map((name) => tf.clone(built[name]!));
          }),
        );
        return await readOutputs(names, outputs);
      } catch (cause) {
        await loss.settle();
        throw loss.lost ? lostError(loss.lost, cause) : runError(cause);
      } finally {
        for (const output of outputs) output.dispose();
      }
    },
    dispose,
  };
}
