import { crc8 } from './checksum.js';
import type { StreamInfo } from './stream-info.js';

export interface FrameHeader {
  /** Bytes that it takes. */
  readonly length: number;
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitsPerSample: number;
  /** How two channels are stored. */
  readonly stereo: 'apart' | 'left-side' | 'side-right' | 'mid-side';
  /** Samples of each channel. */
  readonly blockSize: number;
  /** The number of its first sample, or where blocks are all of one size, of the frame. */
  readonly number: number;
  readonly variable: boolean;
}

const sampleRates = [0, 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000];
const bitsPerSample = [0, 8, 12, undefined, 16, 20, 24, 32];
const stereoModes = ['left-side', 'side-right', 'mid-side'] as const;

/** The longest header. */
export const maxHeaderBytes = 16;

/** The header of a frame at the beginning of `bytes`. Undefined when there is none, or its checksum is wrong. */
export function parseFrameHeader(bytes: Uint8Array, info: StreamInfo): FrameHeader | undefined {
  if (bytes.length < 6 || bytes[0] !== 0xff || (bytes[1]! & 0xfe) !== 0xf8) return undefined;
  const blockCode = bytes[2]! >> 4;
  const rateCode = bytes[2]! & 15;
  const channelCode = bytes[3]! >> 4;
  const bitsCode = (bytes[3]! >> 1) & 7;
  const bits = bitsCode === 0 ? info.bitsPerSample : bitsPerSample[bitsCode];
  if (blockCode === 0 || rateCode === 15 || channelCode > 10 || !bits || bytes[3]! & 1) return undefined;

  // The number is written as UTF-8 would, in up to seven bytes.
  const first = bytes[4]!;
  const leadingOnes = Math.clz32(~(first << 24));
  if (leadingOnes === 1 || leadingOnes > 7) return undefined;
  let next = 5;
  let number = leadingOnes === 0 ? first : first & (0x7f >> leadingOnes);
  for (let more = leadingOnes - 1; more > 0; more--) {
    const byte = bytes[next++]!;
    if ((byte & 0xc0) !== 0x80) return undefined;
    number = number * 64 + (byte & 0x3f);
  }

  const read = (count: number) => {
    let value = 0;
    for (let index = 0; index < count; index++) value = value * 256 + bytes[next++]!;
    return value;
  };
  let blockSize: number;
  if (blockCode === 1) blockSize = 192;
  else if (blockCode < 6) blockSize = 576 << (blockCode - 2);
  else if (blockCode < 8) blockSize = read(blockCode - 5) + 1;
  else blockSize = 256 << (blockCode - 8);

  let sampleRate = info.sampleRate;
  if (rateCode === 12) sampleRate = 1000 * read(1);
  else if (rateCode === 13) sampleRate = read(2);
  else if (rateCode === 14) sampleRate = 10 * read(2);
  else if (rateCode > 0) sampleRate = sampleRates[rateCode]!;

  if (next >= bytes.length || crc8(bytes, next) !== bytes[next]) return undefined;
  return {
    length: next + 1,
    sampleRate,
    channels: channelCode < 8 ? channelCode + 1 : 2,
    bitsPerSample: bits,
    stereo: channelCode < 8 ? 'apart' : stereoModes[channelCode - 8]!,
    blockSize,
    number,
    variable: (bytes[1]! & 1) === 1,
  };
}
