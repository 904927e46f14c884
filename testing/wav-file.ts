// WAV files of every kind, right and wrong, for tests.

export interface WavOptions {
  readonly format: 'int' | 'float' | 'alaw' | 'mulaw';
  readonly bits: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly extensible?: boolean;
  /** RF64, with the sizes in a ds64 chunk. */
  readonly rf64?: boolean;
  /** Chunks before the samples: odd ones are padded. */
  readonly chunks?: readonly { readonly id: string; readonly size: number }[];
  /** What the header says instead of the truth. */
  readonly lies?: { readonly dataSize?: number; readonly riffSize?: number; readonly blockAlign?: number };
}

const tags = { int: 1, float: 3, alaw: 6, mulaw: 7 };
const guidEnd = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/** A WAV file around sample bytes that are already encoded. */
export function wavFile(data: Uint8Array, options: WavOptions): Uint8Array {
  const { format, bits, channels = 1, sampleRate = 16000, extensible = false, rf64 = false, lies } = options;
  const blockAlign = lies?.blockAlign ?? (channels * bits) / 8;
  const bytes: number[] = [];
  const ascii = (text: string) => bytes.push(...Buffer.from(text, 'latin1'));
  const u16 = (value: number) => bytes.push(value & 255, (value >> 8) & 255);
  const u32 = (value: number) => bytes.push(...new Uint8Array(Uint32Array.of(value).buffer));

  ascii(rf64 ? 'RF64' : 'RIFF');
  u32(0); // the size, filled in below
  ascii('WAVE');
  if (rf64) {
    ascii('ds64');
    u32(28);
    u32(data.length + 100);
    u32(0);
    u32(data.length);
    for (let word = 0; word < 4; word++) u32(0);
  }
  ascii('fmt ');
  u32(extensible ? 40 : 16);
  u16(extensible ? 0xfffe : tags[format]);
  u16(channels);
  u32(sampleRate);
  u32(sampleRate * blockAlign);
  u16(blockAlign);
  u16(bits);
  if (extensible) {
    u16(22);
    u16(bits);
    u32(0);
    u16(tags[format]);
    bytes.push(...guidEnd);
  }
  for (const { id, size } of options.chunks ?? []) {
    ascii(id);
    u32(size);
    bytes.push(...new Uint8Array(size + (size % 2)).fill(65));
  }
  ascii('data');
  u32(rf64 ? 0xffffffff : (lies?.dataSize ?? data.length));

  const file = new Uint8Array(bytes.length + data.length);
  file.set(bytes);
  file.set(data, bytes.length);
  const size = rf64 ? 0xffffffff : (lies?.riffSize ?? file.length - 8);
  new DataView(file.buffer).setUint32(4, size, true);
  return file;
}

export function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** A WAV of 16-bit samples, of several channels interleaved. */
export function wav16(values: Iterable<number>, options: Partial<WavOptions> = {}): Uint8Array {
  return wavFile(bytesOf(Int16Array.from(values)), { format: 'int', bits: 16, ...options });
}
