// A GPU can go: a driver's crash or update, a laptop's switch to another. The runtimes do not notice, or say
// something that nobody can act on.

import { AudiozooError } from '@audiozoo/core';

export interface Loss {
  /** Why the device is gone; undefined while it is there. */
  readonly lost: string | undefined;
  /** Waits until the browser has said whether the device is gone, after something failed. */
  settle(): Promise<void>;
}

/** The loss of what cannot be lost. */
export const noLoss: Loss = { lost: undefined, async settle() {} };

const losses = new WeakMap<GPUDevice, Loss>();

/** Watches a device; `onLost` is called once for each, whoever watches. */
export function watchLoss(device: GPUDevice, onLost: () => void = () => {}): Loss {
  const known = losses.get(device);
  if (known) return known;
  const gone = device.lost.then(({ message, reason }) => {
    loss.lost = message || reason || 'no reason given';
    onLost();
  });
  const loss = {
    lost: undefined as string | undefined,
    settle: () => Promise.race([gone, new Promise<void>((resolve) => setTimeout(resolve, 100))]),
  };
  losses.set(device, loss);
  return loss;
}

export function lostError(reason: string, cause?: unknown): AudiozooError {
  return new AudiozooError({
    code: 'device',
    what: 'the WebGPU device is lost',
    got: reason,
    hint: 'Load the model again.',
    cause,
  });
}
