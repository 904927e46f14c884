// Rows by the WebAssembly kernel. There is one instance for the whole program, since each takes address
// space by the gigabyte; whoever uses it puts its tables in first, unless they are there already.

import { overhang } from './filter-bank.js';
import { passesOf } from './fourier.js';
import type { FrameAnalysis } from './frame-analysis.js';
import type { FrameAnalyzer } from './frame-analyzer.js';
import { logarithmConstants } from './logarithm.js';
import { turnsOf } from './power-spectrum.js';
import { type KernelParameters, vectorKernel } from './vector-kernel.js';

/** Frames in a call: enough that calls do not count, few enough that they stay in the cache. */
const maxFramesPerCall = 32;
const bytesOfVector = 16;

/** More points than a frame of 85 ms at 48 kHz has; its buffers fill half the kernel's memory. */
const maxFftLength = 4096;

/** Whose tables are in the kernel's memory. */
let resident: FrameAnalyzer | undefined;

/**
 * The same rows as `createScalarAnalyzer`, to the last bit. Undefined where there is no WebAssembly with
 * vectors, and for what the kernel is not made for: energy, noise, other transforms than of a power of two, and
 * frames too long for its memory.
 */
export function createVectorAnalyzer(analysis: FrameAnalysis): FrameAnalyzer | undefined {
  const { windowLength, hopLength, fftLength, filters, logarithm } = analysis;
  const melBins = filters.first.length;
  if (fftLength < 4 || fftLength > maxFftLength || (fftLength & (fftLength - 1)) !== 0) return undefined;
  if (analysis.energy || analysis.noise) return undefined;
  const kernel = vectorKernel();
  if (!kernel) return undefined;
  const { memory, writeRows } = kernel;

  let used = 0;
  const reserve = (bytes: number) => {
    const address = used;
    used += Math.ceil(bytes / 64) * 64; // whole cache lines
    return address;
  };
  const tables: (readonly [address: number, values: Float64Array | Int32Array])[] = [];
  const place = (values: Float64Array | Int32Array) => {
    const address = reserve(values.byteLength);
    tables.push([address, values]);
    return address;
  };
  // Behind the window, and behind the frequencies, zeros stay.
  const zeroed: (readonly [address: number, bytes: number])[] = [];
  const reserveZeros = (bytes: number) => {
    const address = reserve(bytes);
    zeroed.push([address, bytes]);
    return address;
  };

  const parameters: KernelParameters = {
    windowLength,
    hopLength,
    fftLength,
    melBins,
    removeDcOffset: Number(analysis.removeDcOffset),
    usePower: Number(analysis.usePower),
    useLog: Number(logarithm !== undefined),
    preemphasis: analysis.preemphasis,
    lift: logarithm?.offset ?? 0,
    least: logarithm?.least ?? 0,
    scale: logarithm?.scale ?? 1,
    window: place(analysis.window),
    twiddles: place(Float64Array.from(passesOf(fftLength / 2).flatMap(({ twiddles }) => [...twiddles]))),
    turns: place(turnsOf(fftLength)),
    firstBins: place(filters.first),
    binCounts: place(filters.count),
    melWeights: place(filters.weights),
    windowed: reserveZeros(fftLength * bytesOfVector),
    bufferA: reserve(fftLength * bytesOfVector),
    bufferB: reserve(fftLength * bytesOfVector),
    power: reserveZeros((fftLength / 2 + 1 + overhang) * bytesOfVector),
    energies: reserve(melBins * bytesOfVector),
    constants: place(logarithmConstants()),
  };

  const free = Math.floor((memory.buffer.byteLength - used - 64) / 4); // numbers
  const room = Math.floor((free - windowLength + hopLength) / (hopLength + melBins));
  const framesPerCall = Math.min(maxFramesPerCall, room);
  if (framesPerCall < 1) return undefined;
  const sampleCount = (framesPerCall - 1) * hopLength + windowLength;
  const samplesAddress = reserve(4 * sampleCount);
  const rowsAddress = reserve(4 * framesPerCall * melBins);
  const samples = new Float32Array(memory.buffer, samplesAddress, sampleCount);
  const rows = new Float32Array(memory.buffer, rowsAddress, framesPerCall * melBins);

  const moveIn = () => {
    for (const [address, { buffer }] of tables) {
      new Uint8Array(memory.buffer, address, buffer.byteLength).set(new Uint8Array(buffer));
    }
    for (const [address, bytes] of zeroed) new Uint8Array(memory.buffer, address, bytes).fill(0);
    for (const name of Object.keys(parameters) as (keyof KernelParameters)[]) {
      kernel[name].value = parameters[name];
    }
    resident = analyzer;
  };

  const analyzer: FrameAnalyzer = {
    columns: melBins,
    analyze(signal, start, _firstFrame, frames, output, offset) {
      if (resident !== analyzer) moveIn();
      for (let frame = 0; frame < frames; frame += framesPerCall) {
        const batch = Math.min(framesPerCall, frames - frame);
        const from = start + frame * hopLength;
        samples.set(signal.subarray(from, from + (batch - 1) * hopLength + windowLength));
        writeRows(samplesAddress, batch, rowsAddress);
        output.set(rows.subarray(0, batch * melBins), offset + frame * melBins);
      }
    },
  };
  return analyzer;
}
