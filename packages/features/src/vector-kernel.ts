// The WebAssembly of kernel/rows.ts, compiled when it is first asked for.

import { rowsBinary } from './rows-binary.js';
import { wasmProgram } from './wasm-program.js';

/** Sizes, and addresses in bytes; kernel/rows.ts says what lies there. */
export interface KernelParameters {
  windowLength: number;
  hopLength: number;
  fftLength: number;
  melBins: number;
  removeDcOffset: number;
  usePower: number;
  useLog: number;
  preemphasis: number;
  lift: number;
  least: number;
  scale: number;
  window: number;
  twiddles: number;
  turns: number;
  firstBins: number;
  binCounts: number;
  melWeights: number;
  windowed: number;
  bufferA: number;
  bufferB: number;
  power: number;
  energies: number;
  constants: number;
}

export type VectorKernel = Record<keyof KernelParameters, WebAssembly.Global<'i32' | 'f64'>> & {
  readonly memory: WebAssembly.Memory;
  /** `samples` and `rows` are addresses. */
  writeRows(samples: number, frames: number, rows: number): void;
};

/** Undefined where WebAssembly or its vectors are missing or forbidden. */
export function vectorKernel(): VectorKernel | undefined {
  return wasmProgram(rowsBinary);
}
