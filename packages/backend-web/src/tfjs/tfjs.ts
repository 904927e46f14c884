// TensorFlow.js as a backend: the model's own `build`, run eagerly on whichever of its devices is there.

import {
  type AnyModel,
  type Backend,
  type Inputs,
  type LoadOptions,
  toFloat32,
  type Weights,
} from '@audiozoo/core';
import {
  checkMethod,
  checkOptions,
  loadedModel,
  loadedStep,
  type OptionKinds,
  type Runner,
  readWeights,
} from '@audiozoo/core/plugin';
import type { Tensor } from '@tensorflow/tfjs-core';
import { lostError, noLoss, watchLoss } from '../lost-device.js';
import { chooseDevice } from './choose-device.js';
import { gpuDevice, onBackend, resetBackend, startBackend, type TfjsDevice } from './engine.js';
import { lastReads, watchResults } from './liveness.js';
import { readOutputs, runError, uploadInputs } from './run.js';
import type { Tfjs } from './tfjs-namespace.js';
import { tfjsOps } from './tfjs-ops.js';

export interface TfjsOptions {
  /** The namespace of `@tensorflow/tfjs` or `@tensorflow/tfjs-core`, with the backends that it is to use imported. */
  readonly tf: Tfjs;
  /**
   * `auto` (default): WebGPU where there is a GPU, else WebAssembly, else plain JavaScript, of what is imported;
   * WebGPU in software when there is nothing else. `LoadedModel.device` says which, and why.
   */
  readonly device?: TfjsDevice | 'auto' | undefined;
}

const optionKinds = {
  tf: 'any',
  device: { choices: ['auto', 'webgpu', 'wasm', 'cpu'] },
} as const satisfies OptionKinds<TfjsOptions>;

/**
 * Runs models with TensorFlow.js, and trains them. Throws an `argument` error on a device that it does not know; `load` throws
 * a `device` error that says what to do when the device is not there.
 *
 * Weights are uploaded once, as float32. The engine's own choice of backend (`tf.setBackend`) stays as it is.
 */
export function tfjs(options: TfjsOptions): Backend {
  checkOptions('tfjs', options, optionKinds);
  const { tf, device: asked = 'auto' } = options;
  checkMethod('tf', tf, 'tidy', 'the namespace of @tensorflow/tfjs');
  /** Starts the device asked for or the best there is. */
  const start = async () => {
    const { device: name, why } = await chooseDevice(tf, asked);
    await startBackend(tf, name);
    return { name, device: `${name} (tfjs ${tf.version_core}${why ? `; ${why}` : ''})` };
  };
  return {
    name: 'tfjs',
    anyLength: true,
    load(model, weights, options) {
      const openRunner = async () => {
        const { name, device } = await start();
        return { device, ...(await open(tf, name, model, weights, options)) };
      };
      return loadedModel(model, options, openRunner, { anyLength: true });
    },
    train: (step, weights, options = {}) =>
      loadedStep(step, weights, options, async () => {
        const { openStep } = await import('./training.js');
        const { name, device } = await start();
        return { device, ...(await openStep(tf, name, step, weights, options)) };
      }),
  };
}

async function open(
  tf: Tfjs,
  device: TfjsDevice,
  model: AnyModel,
  weights: Weights,
  { config, signal }: LoadOptions,
): Promise<Omit<Runner, 'device'>> {
  // Once lost, the next model starts the backend afresh.
  const gpu = gpuDevice(tf, device);
  const loss = gpu ? watchLoss(gpu, () => resetBackend(tf, device)) : noLoss;
  const uploaded: Tensor[] = [];
  const dispose = () => {
    for (const weight of uploaded) weight.dispose();
  };
  try {
    const resolved = await readWeights(model, weights, { config, signal }, async (stored) => {
      await tf.ready(); // while another backend starts, the engine takes nothing
      const upload = () => tf.keep(tf.tensor(toFloat32(stored), [...stored.shape]));
      const weight = onBackend(tf, device, upload);
      uploaded.push(weight);
      return weight;
    });
    const ops = tfjsOps(tf, { singleMatrices: device === 'wasm' });

    const compute = (inputs: Inputs, names: readonly string[]): Tensor[] =>
      tf.tidy(() => {
        const reads = lastReads(model, config, names);
        const results: Tensor[] = [];
        const freeing = watchResults(ops, (result) => {
          results.push(result);
          for (const index of reads[results.length - 1]!) results[index]!.dispose();
          return result;
        });
        const given = uploadInputs(tf, inputs);
        const built = model.build(freeing, resolved, given, config, new Set(names));
        return names.map((name) => tf.clone(built[name]!));
      });

    return {
      async run(inputs, names, signal) {
        await tf.ready();
        signal?.throwIfAborted();
        if (loss.lost) throw lostError(loss.lost);
        let outputs: readonly Tensor[] = [];
        try {
          outputs = onBackend(tf, device, () => compute(inputs, names));
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
  } catch (error) {
    dispose();
    throw error;
  }
}
