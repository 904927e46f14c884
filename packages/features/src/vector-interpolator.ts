// Interpolation by the WebAssembly kernel. There is one instance for the whole program, as of the other kernel; whoever
// uses it puts its taps in first, unless they are there already.

import { interpolationBinary } from './interpolation-binary.js';
import type { Interpolation, Interpolator } from './interpolator.js';
import type { PhaseTaps } from './resampling-kernel.js';
import { instantiateProgram } from './wasm-program.js';

/** The WebAssembly of kernel/interpolation.ts, which says what lies at the addresses. */
interface InterpolationKernel {
  readonly memory: WebAssembly.Memory;
  interpolate(
    samples: number,
    outputs: number,
    count: number,
    phase: number,
    from: number,
    to: number,
    taps: number,
    tapCount: number,
  ): void;
}

/** Samples, and output samples, in a call: enough that calls do not count, few enough that they stay in the cache. */
const pieceLength = 2 ** 13;
const samplesAddress = 0;
const outputsAddress = samplesAddress + 4 * pieceLength;
const tapsAddress = outputsAddress + 4 * pieceLength;

let kernel: InterpolationKernel | null | undefined;
/** Whose taps are in the kernel's memory. */
let resident: PhaseTaps | undefined;

/**
 * The same samples as `createScalarInterpolator`, to the last bit. Undefined where there is no WebAssembly with vectors,
 * and for rates whose taps do not fit its memory: odd pairs like 44101 → 16000.
 */
export function createVectorInterpolator({ from, to, taps }: Interpolation): Interpolator | undefined {
  if (kernel === undefined) {
    kernel = instantiateProgram<InterpolationKernel>(interpolationBinary) ?? null;
  }
  if (!kernel) return undefined;
  const { memory, interpolate } = kernel;
  const { length } = taps;
  const outputsPerCall = Math.min(pieceLength, Math.floor(((pieceLength - length) * to) / from));
  if (outputsPerCall < 1 || tapsAddress + 8 * to * length > memory.buffer.byteLength) return undefined;
  const samples = new Float32Array(memory.buffer, samplesAddress, pieceLength);
  const outputs = new Float32Array(memory.buffer, outputsAddress, pieceLength);

  return {
    interpolate(signal, start, next, output) {
      if (resident !== taps) new Float64Array(memory.buffer, tapsAddress).set(taps.tapsOf(0));
      resident = taps;
      for (let done = 0; done < output.length; done += outputsPerCall) {
        const count = Math.min(outputsPerCall, output.length - done);
        const number = next + done;
        const first = Math.floor((number * from) / to) - taps.before - start;
        samples.set(signal.subarray(first, first + pieceLength));
        interpolate(samplesAddress, outputsAddress, count, number % to, from, to, tapsAddress, length);
        output.set(outputs.subarray(0, count), done);
      }
    },
  };
}
