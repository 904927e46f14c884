// WAV files chunk by chunk, in both byte orders, right or wrong in any of them.

export type SampleFormat = 'int' | 'float' | 'alaw' | 'mulaw';

export interface FormatOptions {
  readonly kind?: SampleFormat;
  readonly bits?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly blockAlign?: number;
  readonly littleEndian?: boolean;
  readonly extensible?: boolean;
  readonly validBits?: number;
  /** What follows the tag in the GUID of an extensible format. */
  readonly guidEnd?: readonly number[];
}

const tags = { int: 1, float: 3, alaw: 6, mulaw: 7 };
const usualGuidEnd = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/** A chunk, with another size than its own when one is given. */
export function chunk(
  id: string,
  payload: Uint8Array,
  { size = payload.length, littleEndian = true, padded = true } = {},
): Uint8Array {
  const bytes = new Uint8Array(8 + payload.length + (padded ? payload.length % 2 : 0));
  for (let index = 0; index < 4; index++) bytes[index] = id.charCodeAt(index);
  new DataView(bytes.buffer).setUint32(4, size, littleEndian);
  bytes.set(payload, 8);
  return bytes;
}

export function formatChunk({
  kind = 'int',
  bits = 16,
  channels = 1,
  sampleRate = 8000,
  blockAlign = (channels * bits) / 8,
  littleEndian = true,
  extensible = false,
  validBits = bits,
  guidEnd = usualGuidEnd,
}: FormatOptions = {}): Uint8Array {
  const payload = new Uint8Array(extensible ? 40 : 16);
  const view = new DataView(payload.buffer);
  view.setUint16(0, extensible ? 0xfffe : tags[kind], littleEndian);
  view.setUint16(2, channels, littleEndian);
  view.setUint32(4, sampleRate, littleEndian);
  view.setUint32(8, sampleRate * blockAlign, littleEndian);
  view.setUint16(12, blockAlign, littleEndian);
  view.setUint16(14, bits, littleEndian);
  if (extensible) {
    view.setUint16(16, 22, littleEndian);
    view.setUint16(18, validBits, littleEndian);
    view.setUint16(24, tags[kind], true);
    payload.set(guidEnd, 26);
  }
  return chunk('fmt ', payload, { littleEndian });
}

/** A file of chunks, or of whatever else is put in their place. */
export function riff(
  parts: readonly Uint8Array[],
  { form = 'RIFF', size }: { readonly form?: string; readonly size?: number } = {},
): Uint8Array {
  const content = joinedBytes(Uint8Array.from(Buffer.from('WAVE')), ...parts);
  const own = form === 'RF64' || form === 'BW64' ? 0xffffffff : content.length;
  return chunk(form, content, { size: size ?? own, littleEndian: form !== 'RIFX', padded: false });
}

export function joinedBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Elements of `size` bytes in the other order. */
export function bigEndianOf(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.map((_, index) => bytes[index - (index % size) + size - 1 - (index % size)]!);
}
