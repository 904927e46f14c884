// Interpolation by the WebAssembly program. Whoever uses its one instance puts its taps in first, unless they are there
// already.

import { interpolationBinary } from './interpolation-binary.js';
import type { Interpolation, Interpolator } from './interpolator.js';
import type { PhaseTaps } from './resampling-kernel.js';
import { wasmProgram } from './wasm-program.js';

/** What kernel/interpolation.ts exports; it says what lies where in the memory. */
interface InterpolationProgram {
  readonly memory: WebAssembly.Memory;
  interpolate(count: number, phase: number, from: number, to: number, tapCount: number): void;
}

/** Samples, and output samples, in a call: enough that calls do not count, few enough that they stay in the cache. */
const pieceLength = 2 ** 13;
/** Behind both. */
const tapsAddress = 8 * pieceLength;

/** Whose taps are in the program's memory. */
let resident: PhaseTaps | undefined;

/**
 * The same samples as `createScalarInterpolator`, to the last bit. Undefined where there is no WebAssembly with vectors,
 * and for rates whose taps do not fit its memory: odd pairs like 44101 → 16000.
 */
export function createVectorInterpolator({ from, to, taps }: Interpolation): Interpolator | undefined {
  const program = wasmProgram<InterpolationProgram>(interpolationBinary);
  if (!program) return undefined;
  const { buffer } = program.memory;
  const { length } = taps;
  const outputsPerCall = Math.min(pieceLength, Math.floor(((pieceLength - length) * to) / from));
  if (outputsPerCall < 1 || tapsAddress + 8 * to * length > buffer.byteLength) return undefined;
  const numbers = new Float32Array(buffer);

  return {
    interpolate(signal, start, next, output) {
      if (resident !== taps) new Float64Array(buffer, tapsAddress).set(taps.tapsOf(0));
      resident = taps;
      for (let done = 0; done < output.length; done += outputsPerCall) {
        const count = Math.min(outputsPerCall, output.length - done);
        const number = next + done;
        const first = Math.floor((number * from) / to) - taps.before - start;
        numbers.set(signal.subarray(first, first + pieceLength));
        program.interpolate(count, number % to, from, to, length);
        output.set(numbers.subarray(pieceLength, pieceLength + count), done);
      }
    },
  };
}
