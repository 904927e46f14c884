import { startsWith } from '../starts-with.js';

/** What FLAC says of a stream before its frames. */
export interface StreamInfo {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitsPerSample: number;
  /** Samples of each channel; 0 when not known. */
  readonly samples: number;
}

const length = 34;

/** The block that comes first, from its header on. Undefined when it is another, or says what cannot be. */
export function parseStreamInfo(block: Uint8Array): StreamInfo | undefined {
  if (block.length < 4 + length || (block[0]! & 0x7f) !== 0) return undefined;
  const data = block.subarray(4);
  const word = (data[10]! << 24) | (data[11]! << 16) | (data[12]! << 8) | data[13]!;
  const sampleRate = word >>> 12;
  if (sampleRate === 0) return undefined;
  return {
    sampleRate,
    channels: ((word >> 9) & 7) + 1,
    bitsPerSample: ((word >> 4) & 31) + 1,
    samples: (word & 15) * 2 ** 32 + new DataView(data.buffer, data.byteOffset).getUint32(14),
  };
}

/** The stream info in what containers keep of a FLAC file: its beginning. */
export function parseFlacBeginning(bytes: Uint8Array): StreamInfo | undefined {
  return startsWith(bytes, 'fLaC') ? parseStreamInfo(bytes.subarray(4)) : undefined;
}
