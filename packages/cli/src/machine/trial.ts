// Devices are tried, not guessed: each multiplies two matrices.

import { onnxruntimeNode } from '@audiozoo/backend-node';
import { type AnyModel, AudiozooError, tensor } from '@audiozoo/core';
import { parameter, weightsInMemory } from '@audiozoo/core/plugin';

export type DeviceTrial = { readonly name: string } & (
  | {
      readonly works: true;
      /** What it runs on, in words. */
      readonly device: string;
      /** Billions of multiplications and additions a second, in a product of large matrices. */
      readonly gigaflops: number;
    }
  | { readonly works: false; readonly why: string; readonly hint: string | undefined }
);

const size = 1024;
/** Runs that are timed after one that is not; the fastest counts. */
const runs = 5;

/** y = x · wᵀ, of square matrices. */
const product: AnyModel = {
  type: 'product',
  readConfig: () => undefined,
  parameters: () => ({ w: parameter('w', [size, size]) }),
  inputs: () => ({ x: { shape: [size, size] } }),
  outputs: () => ({ y: { shape: [size, size] } }),
  build: (ops, weights: { readonly w: never }, { x }) => ({ y: ops.linear(x!, weights.w) }),
  frontEnd() {
    throw new Error('a product hears nothing');
  },
};

/** Tries one of onnxruntime's devices. */
export async function tryDevice(name: 'cpu' | 'cuda' | 'webgpu', signal: AbortSignal): Promise<DeviceTrial> {
  const ones = new Float32Array(size * size).fill(1);
  const weights = weightsInMemory({ w: tensor('float32', [size, size], ones) });
  try {
    const loaded = await onnxruntimeNode({ device: name }).load(product, weights, {
      config: undefined,
      signal,
    });
    try {
      const times: number[] = [];
      for (let run = 0; run <= runs; run++) {
        const start = performance.now();
        const { y } = await loaded.run({ x: tensor('float32', [1, size, size], ones) }, { signal });
        times.push(performance.now() - start);
        if (y!.data[0] !== size) throw new Error(`it multiplies wrongly: ${y!.data[0]} in place of ${size}`);
      }
      const seconds = Math.min(...times.slice(1)) / 1000;
      return { name, works: true, device: loaded.device, gigaflops: (2 * size ** 3) / seconds / 1e9 };
    } finally {
      await loaded.dispose();
    }
  } catch (error) {
    signal.throwIfAborted();
    const { what, got, hint } = AudiozooError.isInstance(error) ? error : { what: String(error) };
    return { name, works: false, why: got === undefined ? what : `${what} (${got})`, hint };
  }
}
