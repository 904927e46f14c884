// Writes FLAC of kinds that ffmpeg's encoder does not: any depth, any way to store a block.

export interface FlacOptions {
  readonly sampleRate?: number;
  readonly bitsPerSample: number;
  /** Whole numbers, by channel. */
  readonly channels: readonly (readonly number[])[];
  /** Samples of the blocks in turn; the last is repeated. */
  readonly blockSizes: readonly number[];
  readonly stereo?: 'left-side' | 'side-right' | 'mid-side';
  readonly subframe?: 'verbatim' | 'fixed' | 'escaped' | 'linear';
  /** Zero bits at the end of each sample, which are left out. */
  readonly wastedBits?: number;
  /** Whether frames say the number of their first sample. */
  readonly variable?: boolean;
  /** What the header says instead of the number of samples. */
  readonly samplesSaid?: number;
}

export function writeFlac(options: FlacOptions): Uint8Array {
  const { sampleRate = 8000, bitsPerSample, channels, blockSizes, samplesSaid } = options;
  const length = channels[0]!.length;
  const info = createBits();
  info.write(16, Math.min(...blockSizes));
  info.write(16, Math.max(...blockSizes));
  info.write(24, 0);
  info.write(24, 0);
  info.write(20, sampleRate);
  info.write(3, channels.length - 1);
  info.write(5, bitsPerSample - 1);
  info.write(36, samplesSaid ?? length);
  const pieces = [Buffer.from('fLaC'), Buffer.from([0x80, 0, 0, 34]), info.bytes(), Buffer.alloc(16)];

  let first = 0;
  for (let block = 0; first < length; block++) {
    const blockSize = Math.min(blockSizes[Math.min(block, blockSizes.length - 1)]!, length - first);
    const part = channels.map((samples) => samples.slice(first, first + blockSize));
    pieces.push(writeFrame(part, options.variable ? first : block, options));
    first += blockSize;
  }
  return new Uint8Array(Buffer.concat(pieces));
}

function writeFrame(
  channels: readonly (readonly number[])[],
  number: number,
  { bitsPerSample, stereo, subframe = 'fixed', wastedBits = 0, variable = false }: FlacOptions,
): Buffer {
  const blockSize = channels[0]!.length;
  const bits = createBits();
  bits.write(15, 0x7ffc);
  bits.write(1, variable ? 1 : 0);
  bits.write(4, 7); // the size of the block follows, in 16 bits
  bits.write(4, 0); // the rate is that of the stream
  const modes = ['left-side', 'side-right', 'mid-side'];
  bits.write(4, stereo ? 8 + modes.indexOf(stereo) : channels.length - 1);
  bits.write(3, 0); // and so is the depth
  bits.write(1, 0);
  for (const byte of Buffer.from(String.fromCodePoint(number))) bits.write(8, byte);
  bits.write(16, blockSize - 1);
  bits.write(8, checksum(bits.bytes(), 8, 0x07));

  const [left = [], right = []] = channels;
  const side = left.map((value, index) => value - right[index]!);
  const middle = left.map((value, index) => Math.floor((value + right[index]!) / 2));
  const stored = {
    'left-side': [left, side],
    'side-right': [side, right],
    'mid-side': [middle, side],
  };
  for (const [channel, samples] of (stereo ? stored[stereo] : channels).entries()) {
    const isSide = stereo !== undefined && (stereo === 'side-right') === (channel === 0);
    const width = bitsPerSample + (isSide ? 1 : 0) - wastedBits;
    writeSubframe(
      bits,
      samples.map((value) => value / 2 ** wastedBits),
      width,
      subframe,
      wastedBits,
    );
  }
  bits.align();
  bits.write(16, checksum(bits.bytes(), 16, 0x8005));
  return bits.bytes();
}

function writeSubframe(
  bits: Bits,
  samples: readonly number[],
  width: number,
  kind: NonNullable<FlacOptions['subframe']>,
  wastedBits: number,
): void {
  const constant = samples.every((value) => value === samples[0]);
  const order = Math.min(2, samples.length);
  const types = { verbatim: 1, fixed: 8 + order, escaped: 8 + order, linear: 31 + order };
  bits.write(1, 0);
  bits.write(6, constant ? 0 : types[kind]);
  bits.write(1, wastedBits > 0 ? 1 : 0);
  if (wastedBits > 0) bits.write(wastedBits, 1);
  if (constant) {
    bits.write(width, samples[0]!);
    return;
  }
  if (kind === 'verbatim') {
    for (const value of samples) bits.write(width, value);
    return;
  }
  for (const value of samples.slice(0, order)) bits.write(width, value);
  // The fixed predictor of this order, and the same as a linear one with coefficients in quarters.
  const residual = samples.slice(order).map((value, index) => {
    const before = samples[index + order - 1]!;
    return order < 2 ? value - before : value - 2 * before + samples[index + order - 2]!;
  });
  if (kind === 'linear') {
    bits.write(4, 4 - 1 + 1); // precision: 5 bits
    bits.write(5, 2); // shift
    for (const coefficient of order < 2 ? [4] : [8, -4]) bits.write(5, coefficient);
  }
  if (kind === 'escaped') {
    bits.write(2, 0);
    bits.write(4, 0); // one partition
    bits.write(4, 15);
    const needed = 2 + Math.max(...residual.map((value) => Math.ceil(Math.log2(Math.abs(value) + 1))), 0);
    bits.write(5, needed);
    for (const value of residual) bits.write(needed, value);
    return;
  }
  bits.write(2, 1);
  bits.write(4, 0);
  const parameter = Math.max(0, width - 6);
  bits.write(5, Math.min(parameter, 30));
  for (const value of residual) {
    const folded = value < 0 ? -2 * value - 1 : 2 * value;
    const high = Math.floor(folded / 2 ** Math.min(parameter, 30));
    for (let zero = 0; zero < high; zero++) bits.write(1, 0);
    bits.write(1, 1);
    bits.write(Math.min(parameter, 30), folded);
  }
}

interface Bits {
  /** The lowest bits of a number, which may be negative. */
  write(count: number, value: number): void;
  align(): void;
  bytes(): Buffer;
}

function createBits(): Bits {
  const bits: number[] = [];
  return {
    write(count, value) {
      for (let bit = count - 1; bit >= 0; bit--) bits.push(Math.floor(value / 2 ** bit) & 1);
    },
    align() {
      while (bits.length % 8 !== 0) bits.push(0);
    },
    bytes: () =>
      Buffer.from(
        Array.from({ length: bits.length / 8 }, (_, byte) =>
          bits.slice(8 * byte, 8 * byte + 8).reduce((value, bit) => 2 * value + bit, 0),
        ),
      ),
  };
}

function checksum(bytes: Uint8Array, width: number, polynomial: number): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << (width - 8);
    for (let bit = 0; bit < 8; bit++) {
      crc = ((crc << 1) ^ ((crc >> (width - 1)) & 1 ? polynomial : 0)) & (2 ** width - 1);
    }
  }
  return crc;
}
