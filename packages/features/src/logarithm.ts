// Natural logarithms of many numbers. Features take 128 of them a frame; with Math.log they would be a
// fifth of the time, and engines differ in its last digit. x = 2^e · m with m from √½ to √2 and, with
// s = (m − 1) / (m + 1), log m = 2s · (1 + s²/3 + s⁴/5 + …): off by less than 2e-11.

/** Takes logarithms of numbers that are put into `values`: positive, and neither subnormal nor infinite. */
export interface Logarithms {
  readonly values: Float64Array;
  /** Writes the logarithm of each of `values`, times `scale`, to `output` from `offset`. */
  write(output: Float32Array, offset: number, scale: number): void;
}

/** The upper half of √½'s bits; it leaves the exponent in the upper twelve when it is subtracted. */
const rootOfHalf = 0x3fe6a09e;
const one = 0x3ff00000;

export function createLogarithms(length: number): Logarithms {
  const values = new Float64Array(length);
  const words = new Int32Array(values.buffer);
  // Which half of a float64 holds the exponent depends on the machine's byte order.
  const upper = new Int32Array(Float64Array.of(1).buffer)[1] === one ? 1 : 0;
  // A product with 2^−e, where setting the exponent's bits would wait for memory.
  const inverses = Float64Array.from({ length: 2047 }, (_, exponent) => 2 ** (1023 - exponent));

  return {
    values,
    write(output, offset, scale) {
      for (let index = 0; index < length; index++) {
        const exponent = (words[2 * index + upper]! + (one - rootOfHalf)) >> 20;
        const mantissa = values[index]! * inverses[exponent]!;
        const s = (mantissa - 1) / (mantissa + 1);
        const z = s * s;
        const series = 1 + z * (1 / 3 + z * (1 / 5 + z * (1 / 7 + z * (1 / 9 + z * (1 / 11)))));
        output[offset + index] = ((exponent - 1023) * Math.LN2 + (s + s) * series) * scale;
      }
    },
  };
}

/** What kernel/rows.ts takes them with: a table is read faster than WebAssembly makes constants. */
export function logarithmConstants(): Float64Array {
  const bits = (pattern: bigint) => new Float64Array(BigUint64Array.of(pattern).buffer)[0]!;
  return Float64Array.of(
    ...[1, bits(BigInt(rootOfHalf) << 32n), 2 ** 52, 2 ** 52 + 1023, bits((1n << 52n) - 1n)],
    ...[1 / 11, 1 / 9, 1 / 7, 1 / 5, 1 / 3, Math.LN2],
  );
}
