// float16 and bfloat16, by their bits. Checkpoints store them; arithmetic happens in float32.

const oneFloat = new Float32Array(1);
const oneFloatBits = new Uint32Array(oneFloat.buffer);

function bitsOf(value: number): number {
  oneFloat[0] = value;
  return oneFloatBits[0]!;
}

function floatOf(bits: number): number {
  oneFloatBits[0] = bits;
  return oneFloat[0]!;
}

/** IEEE 754 binary16 bits → number. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Number → IEEE 754 binary16 bits, rounded to nearest even as PyTorch does; out of range becomes infinity. */
export function numberToFloat16(value: number): number {
  const bits = bitsOf(value);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127;
  const fraction = bits & 0x7fffff;
  if (exponent === 128) return sign | 0x7c00 | (fraction ? 0x200 : 0);
  if (exponent >= 16) return sign | 0x7c00;
  if (exponent >= -14) {
    const half = sign | ((exponent + 15) << 10) | (fraction >> 13);
    return half + roundUp(fraction, 13, half);
  }
  if (exponent < -25) return sign;
  const shift = -exponent - 1; // subnormal: 13 + (−14 − exponent)
  const mantissa = fraction | 0x800000;
  const half = sign | (mantissa >> shift);
  return half + roundUp(mantissa, shift, half);
}

/** bfloat16 bits → number: the upper half of a float32. */
export function bfloat16ToNumber(bits: number): number {
  return floatOf((bits << 16) >>> 0);
}

/** Number → bfloat16 bits, rounded to nearest even as PyTorch does. */
export function numberToBfloat16(value: number): number {
  const bits = bitsOf(value);
  if (Number.isNaN(value)) return 0x7fc0;
  const upper = bits >>> 16;
  return upper + roundUp(bits & 0xffff, 16, upper);
}

/** 1 when the `count` low bits of `bits` round the value above them up, ties to even. */
function roundUp(bits: number, count: number, kept: number): 0 | 1 {
  const rest = bits & (2 ** count - 1);
  const half = 2 ** (count - 1);
  return rest > half || (rest === half && kept & 1) ? 1 : 0;
}

/** All 65536 float16 values, made when first needed: the quickest way to convert many. */
let float16Values: Float32Array | undefined;

/** float16 bits → float32, all at once. */
export function float16ToFloat32(bits: Uint16Array): Float32Array {
  float16Values ??= Float32Array.from({ length: 65536 }, (_, index) => float16ToNumber(index));
  const table = float16Values;
  const values = new Float32Array(bits.length);
  for (let index = 0; index < bits.length; index++) values[index] = table[bits[index]!]!;
  return values;
}

/** bfloat16 bits → float32, all at once. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array {
  const upper = new Uint32Array(bits.length);
  for (let index = 0; index < bits.length; index++) upper[index] = bits[index]! << 16;
  return new Float32Array(upper.buffer);
}

/** float32 → float16 bits, all at once, rounded as `numberToFloat16`. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint16Array(values.length);
  for (let index = 0; index < values.length; index++) bits[index] = numberToFloat16(values[index]!);
  return bits;
}

/** float32 → bfloat16 bits, all at once, rounded as `numberToBfloat16`. */
export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint16Array(values.length);
  for (let index = 0; index < values.length; index++) bits[index] = numberToBfloat16(values[index]!);
  return bits;
}
