// Uncompressed samples, and telephony's 8-bit logarithmic ones, as float32 from −1 to 1. Full scale is a
// power of two, so that every 8-, 16- and 24-bit sample keeps its exact value, as in torchaudio and libsndfile.

import { bytesToElements } from '@audiozoo/core/plugin';

export interface PcmCodec {
  readonly bytesPerSample: number;
  /** Samples of whole bytes, as many as `bytes` holds. */
  decode(bytes: Uint8Array): Float32Array;
}

/** By what samples are stored as, little-endian. */
export const pcmCodecs = {
  u8: fromTable((code) => (code - 128) / 128),
  s16: { bytesPerSample: 2, decode: (bytes) => scaled(bytesToElements('int16', bytes), 2 ** -15) },
  s24: { bytesPerSample: 3, decode: signed24 },
  s32: { bytesPerSample: 4, decode: (bytes) => scaled(bytesToElements('int32', bytes), 2 ** -31) },
  f32: { bytesPerSample: 4, decode: (bytes) => bytesToElements('float32', bytes).slice() },
  f64: { bytesPerSample: 8, decode: (bytes) => new Float32Array(bytesToElements('float64', bytes)) },
  muLaw: fromTable((code) => muLaw(code) / 32768),
  aLaw: fromTable((code) => aLaw(code) / 32768),
} satisfies Record<string, PcmCodec>;

/** The same samples, big-endian. */
export function bigEndian({ bytesPerSample, decode }: PcmCodec): PcmCodec {
  return { bytesPerSample, decode: (bytes) => decode(reversed(bytes, bytesPerSample)) };
}

/** Each group of `size` bytes in the opposite order. */
function reversed(bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(bytes.length);
  for (let first = 0; first + size <= bytes.length; first += size) {
    for (let index = 0; index < size; index++) result[first + index] = bytes[first + size - 1 - index]!;
  }
  return result;
}

function fromTable(sampleOf: (code: number) => number): PcmCodec {
  const table = Float32Array.from({ length: 256 }, (_, code) => sampleOf(code));
  const decode = (bytes: Uint8Array) => {
    const samples = new Float32Array(bytes.length);
    for (let index = 0; index < samples.length; index++) samples[index] = table[bytes[index]!]!;
    return samples;
  };
  return { bytesPerSample: 1, decode };
}

function scaled(values: Int16Array | Int32Array, scale: number): Float32Array {
  const samples = new Float32Array(values.length);
  for (let index = 0; index < samples.length; index++) samples[index] = values[index]! * scale;
  return samples;
}

function signed24(bytes: Uint8Array): Float32Array {
  const samples = new Float32Array(bytes.length / 3);
  for (let index = 0; index < samples.length; index++) {
    const low = bytes[3 * index]! | (bytes[3 * index + 1]! << 8);
    const high = (bytes[3 * index + 2]! << 24) >> 8; // keeps the sign
    samples[index] = (high | low) * 2 ** -23;
  }
  return samples;
}

/** ITU-T G.711 µ-law → 16 bit. */
function muLaw(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84;
  return bits & 0x80 ? 0 - magnitude : magnitude; // silence has two codes, but not −0
}

/** ITU-T G.711 A-law → 16 bit. */
function aLaw(code: number): number {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}
