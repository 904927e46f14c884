// TensorFlow.js has one engine to a page, with one backend in use at a time: whatever runs, runs there, and
// tensors of another backend are moved. So each piece of work says which backend it is for, and leaves the
// engine as it was.

import { AudiozooError } from '@audiozoo/core';
import type { Tfjs } from './tfjs-namespace.js';

export type TfjsDevice = 'webgpu' | 'wasm' | 'cpu';

/** Does `action` on a backend that has been started. At once: nothing can switch in between. */
export function onBackend<Result>(tf: Tfjs, name: TfjsDevice, action: () => Result): Result {
  const engine = tf.engine();
  const previous = tf.getBackend();
  const backend = engine.registry[name];
  // Starting a backend elsewhere can leave the engine with the name of one and the instance of another.
  if (previous === name && tf.backend() === backend) return action();
  // These promises are settled already: both backends are there.
  void tf.setBackend(name);
  try {
    return action();
  } finally {
    if (previous !== name && engine.registry[previous]) void tf.setBackend(previous);
  }
}

/** Backends start one after another: the engine forgets one that is still starting when the next begins. */
const starting = new WeakMap<object, Promise<void>>();

/**
 * Starts a backend unless it runs already; the one in use stays in use, if there was one. Throws a `device`
 * error when it does not start.
 */
export function startBackend(tf: Tfjs, name: TfjsDevice): Promise<void> {
  const engine = tf.engine();
  const before = starting.get(engine) ?? Promise.resolve();
  const started = before.then(() => start(tf, name));
  starting.set(
    engine,
    started.catch(() => {}),
  );
  return started;
}

async function start(tf: Tfjs, name: TfjsDevice): Promise<void> {
  const engine = tf.engine();
  const previous = tf.getBackend();
  if (previous) await tf.ready(); // somebody else may be starting it
  if (engine.registry[name]) return;
  if (!(await tf.setBackend(name))) {
    throw new AudiozooError({
      code: 'device',
      what: `TensorFlow.js could not start ${name}, as its warning on the console says`,
      hint:
        name === 'wasm'
          ? 'Say where its .wasm files are with `setWasmPaths` of @tensorflow/tfjs-backend-wasm.'
          : 'Use another device.',
    });
  }
  if (previous && engine.registry[previous]) void tf.setBackend(previous);
}

/** The GPU device of a backend that has been started, if it has one. */
export function gpuDevice(tf: Tfjs, name: TfjsDevice): GPUDevice | undefined {
  return (tf.engine().registry[name] as { readonly device?: GPUDevice }).device;
}

/** Takes down a backend that works no more, so that it can be started afresh. Its tensors are gone. */
export function resetBackend(tf: Tfjs, name: TfjsDevice): void {
  const factory = tf.findBackendFactory(name);
  const { priority } = tf.engine().registryFactory[name]!;
  tf.removeBackend(name);
  tf.registerBackend(name, factory, priority);
}
