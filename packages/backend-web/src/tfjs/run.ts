// What runs of models and of training steps have in common.

import { AudiozooError, type Inputs, type Outputs, tensor } from '@audiozoo/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tfjs } from './tfjs-namespace.js';

/** The engine's own tensors, to be freed by whoever asks. */
export function uploadInputs(tf: Tfjs, inputs: Inputs): Record<string, Tensor> {
  const uploaded = Object.entries(inputs).map(([name, input]): [string, Tensor] => [
    name,
    input.dtype === 'int64'
      ? tf.tensor(Int32Array.from(input.data, Number), [...input.shape], 'int32')
      : tf.tensor(input.data, [...input.shape]),
  ]);
  return Object.fromEntries(uploaded);
}

/** Tensors in host memory, as the caller's own. */
export async function readOutputs(names: readonly string[], tensors: readonly Tensor[]): Promise<Outputs> {
  const entries = names.map(async (name, index): Promise<[string, Outputs[string]]> => {
    const output = tensors[index]!;
    const data = (await output.data<'float32'>()).slice(); // plain JavaScript hands out its own array
    return [name, tensor('float32', output.shape, data)];
  });
  return Object.fromEntries(await Promise.all(entries));
}

export function runError(cause: unknown): AudiozooError {
  if (AudiozooError.isInstance(cause)) return cause;
  return new AudiozooError({
    code: 'runtime',
    what: 'TensorFlow.js could not run the model',
    got: String(cause),
    cause,
  });
}
