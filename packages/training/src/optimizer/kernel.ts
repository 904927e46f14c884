// The WebAssembly of kernel/optimizer.ts, in a memory of its own for each optimizer.

import { AudiozooError } from '@audiozoo/core';
import { kernelBinary } from './kernel-binary.js';

export interface OptimizerKernel {
  readonly memory: WebAssembly.Memory;
  /** As kernel/optimizer.ts has it; `weights`, `gradients`, `means` and `squares` are addresses. */
  adam(
    weights: number,
    gradients: number,
    means: number,
    squares: number,
    count: number,
    factor: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    l2: number,
    shrink: number,
    step: number,
    correction: number,
    epsilon: number,
  ): void;
  sumOfSquares(gradients: number, count: number): number;
}

const pageBytes = 65536;
const mostPages = 65536;

let compiled: WebAssembly.Module | undefined;

/** A kernel with so many bytes of memory, all zeros. Throws an `argument` error on more than WebAssembly addresses. */
export function optimizerKernel(bytes: number): OptimizerKernel {
  const pages = Math.ceil(bytes / pageBytes);
  if (pages > mostPages) {
    throw new AudiozooError({
      code: 'argument',
      what: 'too many parameters train at once for the memory of an optimizer',
      expected: `at most ${Math.floor((mostPages * pageBytes) / 8 / 1e6)} million`,
      got: `${Math.ceil(bytes / 8 / 1e6)} million`,
      hint: 'Train the last layers alone, or adapters.',
    });
  }
  compiled ??= new WebAssembly.Module(
    Uint8Array.from(atob(kernelBinary), (character) => character.charCodeAt(0)),
  );
  const memory = new WebAssembly.Memory({ initial: pages });
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return { memory, ...(exports as unknown as Pick<OptimizerKernel, 'adam' | 'sumOfSquares'>) };
}
