// The WebAssembly of kernel/rows.ts, compiled when it is first asked for: within the 4 KiB that all browsers compile
// on the spot on a page's main thread.

import { kernelBinary } from './kernel-binary.js';

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

let kernel: VectorKernel | null | undefined;

/** The program's one instance; undefined where WebAssembly or its vectors are missing or forbidden. */
export function vectorKernel(): VectorKernel | undefined {
  if (kernel === undefined) kernel = instantiate();
  return kernel ?? undefined;
}

function instantiate(): VectorKernel | null {
  // WebAssembly's numbers are little-endian, typed arrays are as the machine is.
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) return null;
  try {
    const bytes = Uint8Array.from(atob(kernelBinary), (character) => character.charCodeAt(0));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    return exports as unknown as VectorKernel;
  } catch {
    return null; // no loss but time: the other analyser's numbers are the same
  }
}
