// Bits of a FLAC frame, first the highest of a byte. Reading past the end gives zeros; `overrun` tells of it.

export interface BitReader {
  /** The number of the next bit. */
  position(): number;
  /** Whether more was read than is there. */
  overrun(): boolean;
  /** An unsigned number of up to 33 bits. */
  read(bits: number): number;
  /** A number in two's complement. */
  readSigned(bits: number): number;
  /** Zeros before the next one, which is read as well. */
  readUnary(): number;
  /** Signed numbers in Rice's code, into `target` from `from` to before `to`. */
  readRice(target: Float64Array, from: number, to: number, parameter: number): void;
  skipToByte(): void;
}

export function createBitReader(bytes: Uint8Array): BitReader {
  const end = 8 * bytes.length;
  let next = 0;

  /** The next 32 bits, as a signed number. */
  function window(): number {
    const index = next >>> 3;
    const offset = next & 7;
    const word =
      (bytes[index]! << 24) | (bytes[index + 1]! << 16) | (bytes[index + 2]! << 8) | bytes[index + 3]!;
    return offset === 0 ? word : (word << offset) | (bytes[index + 4]! >> (8 - offset));
  }

  function read(bits: number): number {
    if (bits === 0) return 0;
    if (bits > 32) return read(bits - 32) * 2 ** 32 + read(32);
    const value = window() >>> (32 - bits);
    next += bits;
    return value;
  }

  function readUnary(): number {
    let zeros = 0;
    for (;;) {
      const leading = Math.clz32(window());
      zeros += leading;
      next += leading;
      if (leading < 32) break;
      if (next > end) return zeros;
    }
    next++;
    return zeros;
  }

  return {
    position: () => next,
    overrun: () => next > end,
    read,
    readSigned(bits) {
      const value = read(bits);
      return value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
    },
    readUnary,
    readRice(target, from, to, parameter) {
      for (let index = from; index < to; index++) {
        const bits = window();
        const zeros = Math.clz32(bits);
        const length = zeros + 1 + parameter;
        let folded: number;
        if (length <= 32) {
          const low = parameter === 0 ? 0 : (bits << (zeros + 1)) >>> (32 - parameter);
          folded = ((zeros << parameter) | low) >>> 0;
          next += length;
        } else {
          folded = (readUnary() * 2 ** parameter + read(parameter)) >>> 0;
          if (next > end) return;
        }
        target[index] = (folded >>> 1) ^ -(folded & 1);
      }
    },
    skipToByte() {
      next = (next + 7) & ~7;
    },
  };
}
