// One frame of FLAC. Samples are whole numbers in float64, which holds every sum that a predictor can make of 32 bits.

import { type BitReader, createBitReader } from './bit-reader.js';
import { crc16 } from './checksum.js';
import type { FrameHeader } from './frame-header.js';
import { predict, predictFixed } from './prediction.js';

export interface Frame {
  /** Bytes that it takes. */
  readonly length: number;
  /** From −1 to 1, samples of all channels in turn. */
  readonly samples: Float32Array;
}

/** Decodes a frame. `short` when it goes on behind the end of `bytes`, undefined when it is damaged. */
export function decodeFrame(bytes: Uint8Array, header: FrameHeader): Frame | 'short' | undefined {
  const bits = createBitReader(bytes.subarray(header.length));
  const channels: Float64Array[] = [];
  for (let channel = 0; channel < header.channels; channel++) {
    const samples = readSubframe(
      bits,
      header.blockSize,
      header.bitsPerSample + (isSide(header, channel) ? 1 : 0),
    );
    if (bits.overrun()) return 'short';
    if (!samples) return undefined;
    channels.push(samples);
  }
  bits.skipToByte();
  const end = header.length + bits.position() / 8;
  const checksum = bits.read(16);
  if (bits.overrun()) return 'short';
  if (crc16(bytes, end) !== checksum) return undefined;

  separate(channels, header);
  const scale = 2 ** (1 - header.bitsPerSample);
  const samples = new Float32Array(header.blockSize * header.channels);
  let loudest = 0;
  channels.forEach((values, channel) => {
    for (let index = 0, at = channel; index < values.length; index++, at += header.channels) {
      const value = values[index]! * scale;
      samples[at] = value;
      loudest = Math.max(loudest, Math.abs(value));
    }
  });
  // No encoder writes what leaves the range; predictors that run away even reach infinity.
  return loudest <= 1 ? { length: end + 2, samples } : undefined;
}

/** Differences of two channels take a bit more. */
function isSide({ stereo }: FrameHeader, channel: number): boolean {
  if (stereo === 'apart') return false;
  return (stereo === 'side-right') === (channel === 0);
}

function readSubframe(bits: BitReader, blockSize: number, fullWidth: number): Float64Array | undefined {
  if (bits.read(1) !== 0) return undefined;
  const type = bits.read(6);
  const wasted = bits.read(1) === 1 ? bits.readUnary() + 1 : 0;
  const width = fullWidth - wasted;
  if (width < 1) return undefined;

  const samples = new Float64Array(blockSize);
  if (type === 0) {
    samples.fill(bits.readSigned(width));
  } else if (type === 1) {
    for (let index = 0; index < blockSize && !bits.overrun(); index++)
      samples[index] = bits.readSigned(width);
  } else if (type >= 8 && type <= 12) {
    const order = type - 8;
    if (!readWarmUp(bits, samples, order, width) || !readResidual(bits, samples, order)) return undefined;
    predictFixed(samples, order);
  } else if (type >= 32) {
    const order = type - 31;
    if (!readWarmUp(bits, samples, order, width)) return undefined;
    const precision = bits.read(4) + 1;
    const shift = bits.readSigned(5);
    if (precision === 16 || shift < 0) return undefined;
    const coefficients = Float64Array.from({ length: order }, () => bits.readSigned(precision));
    if (!readResidual(bits, samples, order)) return undefined;
    predict(samples, coefficients, shift);
  } else {
    return undefined;
  }
  if (wasted > 0) for (let index = 0; index < blockSize; index++) samples[index]! *= 2 ** wasted;
  return samples;
}

/** The samples that the predictor begins with. False when there are not so many. */
function readWarmUp(bits: BitReader, samples: Float64Array, order: number, width: number): boolean {
  if (order > samples.length) return false;
  for (let index = 0; index < order; index++) samples[index] = bits.readSigned(width);
  return true;
}

/** What the predictor gets wrong, into the places behind the first `order`. False when it is damaged. */
function readResidual(bits: BitReader, samples: Float64Array, order: number): boolean {
  const method = bits.read(2);
  if (method > 1) return false;
  const parameterBits = method === 0 ? 4 : 5;
  const verbatim = 2 ** parameterBits - 1;
  const partitions = 2 ** bits.read(4);
  const size = samples.length / partitions;
  if (!Number.isInteger(size) || size < order) return false;

  for (let partition = 0; partition < partitions && !bits.overrun(); partition++) {
    const from = partition === 0 ? order : partition * size;
    const to = (partition + 1) * size;
    const parameter = bits.read(parameterBits);
    if (parameter < verbatim) {
      bits.readRice(samples, from, to, parameter);
    } else {
      const width = bits.read(5);
      for (let index = from; index < to; index++) samples[index] = width === 0 ? 0 : bits.readSigned(width);
    }
  }
  return true;
}

/** Two channels that are stored with their difference → the two, in place. */
function separate(channels: readonly Float64Array[], { stereo, blockSize }: FrameHeader): void {
  if (stereo === 'apart') return;
  const [first, second] = channels as [Float64Array, Float64Array];
  for (let index = 0; index < blockSize; index++) {
    if (stereo === 'left-side') {
      second[index] = first[index]! - second[index]!;
    } else if (stereo === 'side-right') {
      first[index]! += second[index]!;
    } else {
      // The middle lost its last bit, which the difference has as well.
      const side = second[index]!;
      const middle = 2 * first[index]! + Math.abs(side % 2);
      first[index] = (middle + side) / 2;
      second[index] = (middle - side) / 2;
    }
  }
}
