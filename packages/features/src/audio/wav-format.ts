// The `fmt ` chunk of a WAV file: what its samples are.

import { bigEndian, type PcmCodec, pcmCodecs } from './pcm.js';

export interface WavFormat {
  readonly channels: number;
  readonly sampleRate: number;
  /** Bytes of one sample of each channel as the header says; 0 where it does not. */
  readonly blockAlign: number;
  /** Bits of a sample, and how many of them the header calls valid. */
  readonly bits: number;
  readonly validBits: number;
  /** Whether they are numbers as they are: no ADPCM, no MP3. */
  readonly isPlain: boolean;
  readonly codec: PcmCodec | undefined;
}

/** Bytes of the oldest kind of `fmt ` chunk, which leaves the bits of a sample to the block. */
export const leastFormatBytes = 14;
/** As many as are looked at. */
export const mostFormatBytes = 40;

const tags = { pcm: 1, float: 3, aLaw: 6, muLaw: 7, extensible: 0xfffe } as const;

/** The rest of a GUID that begins with such a tag: of plain sound, and of ambisonic B-format. */
const subformats = ['00001000800000aa00389b71', '2107d3118644c8c1ca000000'];
/** The same with its numbers in big-endian order, as some RIFX files have them. */
const subformatsReversed = ['00000010800000aa00389b71', '072111d38644c8c1ca000000'];

/** Reads the payload of a `fmt ` chunk: at least `leastFormatBytes`. */
export function readFormat(bytes: Uint8Array, littleEndian: boolean): WavFormat {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u16 = (offset: number) => view.getUint16(offset, littleEndian);
  const tag = u16(0);
  const channels = u16(2);
  const blockAlign = u16(12);
  const bits = bytes.length < 16 ? (8 * blockAlign) / Math.max(1, channels) : u16(14);
  const extended = tag === tags.extensible && bytes.length >= mostFormatBytes;
  const kind = extended ? subformatTag(bytes.subarray(24, 40), littleEndian) : tag;
  const validBits = (extended && u16(18)) || bits; // 0 where the writer did not care
  const codec = codecOf(kind, bits);
  return {
    channels,
    sampleRate: view.getUint32(4, littleEndian),
    blockAlign,
    bits,
    validBits,
    isPlain: kind === tags.pcm || kind === tags.float,
    codec: codec && !littleEndian ? bigEndian(codec) : codec,
  };
}

/** Whether this may well be what a `fmt ` chunk holds: for bytes that are found where a file is damaged. */
export function isPlausible({ channels, sampleRate, bits }: WavFormat): boolean {
  return channels >= 1 && channels <= 256 && sampleRate >= 1 && sampleRate <= 768_000 && bits <= 64;
}

function codecOf(tag: number | undefined, bits: number): PcmCodec | undefined {
  switch (tag) {
    case tags.pcm:
      // Samples of 12 or 20 bits lie at the upper end of whole bytes.
      return [undefined, pcmCodecs.u8, pcmCodecs.s16, pcmCodecs.s24, pcmCodecs.s32][Math.ceil(bits / 8)];
    case tags.float:
      return bits === 32 ? pcmCodecs.f32 : bits === 64 ? pcmCodecs.f64 : undefined;
    case tags.aLaw:
      return pcmCodecs.aLaw;
    case tags.muLaw:
      return pcmCodecs.muLaw;
  }
  return undefined;
}

function subformatTag(guid: Uint8Array, littleEndian: boolean): number | undefined {
  const hex = Array.from(guid, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (subformats.includes(hex.slice(8))) return guid[0]! + 256 * guid[1]!;
  if (!littleEndian && subformatsReversed.includes(hex.slice(8))) return guid[3]! + 256 * guid[2]!;
  return undefined;
}
