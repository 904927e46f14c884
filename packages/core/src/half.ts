// float16 and bfloat16, by their bits. Checkpoints store them; arithmetic happens in float32.

const scratch = new DataView(new ArrayBuffer(4));

function bitsOf(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getUint32(0);
}

function floatOf(bits: number): number {
  scratch.setUint32(0, bits);
  return scratch.getFloat32(0);
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
