// What vectors of four floats are put through. Relaxed SIMD lets a CPU multiply and add in one step, rounded once:
// the last bit then depends on the CPU.

/** a · b + c. */
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** e to the x, within 2 units of the last place; x is clamped to what float32 holds. As Cephes' expf. */
export function exponential(x: v128): v128 {
  x = f32x4.max(f32x4.min(x, f32x4.splat(88.37)), f32x4.splat(-87.33));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(Mathf.LOG2E)));
  let r = multiplyAdd(n, f32x4.splat(-0.693359375), x);
  r = multiplyAdd(n, f32x4.splat(2.1219444e-4), r);
  let p = f32x4.splat(1.98756915e-4);
  p = multiplyAdd(p, r, f32x4.splat(1.3981999507e-3));
  p = multiplyAdd(p, r, f32x4.splat(8.3334519073e-3));
  p = multiplyAdd(p, r, f32x4.splat(4.1665795894e-2));
  p = multiplyAdd(p, r, f32x4.splat(1.6666665459e-1));
  p = multiplyAdd(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(multiplyAdd(p, f32x4.mul(r, r), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

/**
 * The natural logarithm of positive normal numbers; less counts as the least of those, Infinity and NaN stay what they
 * are. As Cephes' logf.
 */
export function logarithm(x: v128): v128 {
  x = f32x4.max(x, f32x4.splat(1.17549435e-38));
  // x = 2^exponent · fraction, the fraction from √½ to √2.
  let exponent = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(x, 23), i32x4.splat(126)));
  let fraction = v128.or(v128.and(x, i32x4.splat(0x007fffff)), i32x4.splat(0x3f000000));
  const isSmall = f32x4.lt(fraction, f32x4.splat(Mathf.SQRT1_2));
  exponent = f32x4.sub(exponent, v128.and(isSmall, f32x4.splat(1)));
  fraction = f32x4.sub(f32x4.add(fraction, v128.and(isSmall, fraction)), f32x4.splat(1));
  let p = f32x4.splat(7.0376836292e-2);
  p = multiplyAdd(p, fraction, f32x4.splat(-1.151461031e-1));
  p = multiplyAdd(p, fraction, f32x4.splat(1.167699874e-1));
  p = multiplyAdd(p, fraction, f32x4.splat(-1.2420140846e-1));
  p = multiplyAdd(p, fraction, f32x4.splat(1.4249322787e-1));
  p = multiplyAdd(p, fraction, f32x4.splat(-1.6668057665e-1));
  p = multiplyAdd(p, fraction, f32x4.splat(2.0000714765e-1));
  p = multiplyAdd(p, fraction, f32x4.splat(-2.4999993993e-1));
  p = multiplyAdd(p, fraction, f32x4.splat(3.3333331174e-1));
  const square = f32x4.mul(fraction, fraction);
  p = f32x4.mul(f32x4.mul(p, fraction), square);
  p = multiplyAdd(exponent, f32x4.splat(-2.1219444e-4), p);
  p = multiplyAdd(square, f32x4.splat(-0.5), p);
  const result = multiplyAdd(exponent, f32x4.splat(0.693359375), f32x4.add(fraction, p));
  return v128.bitselect(result, x, f32x4.lt(x, f32x4.splat(Infinity)));
}

/** The error function, within 4 units of the last place: the rational function of XLA and Eigen. */
function errorFunction(x: v128): v128 {
  x = f32x4.max(f32x4.min(x, f32x4.splat(4)), f32x4.splat(-4));
  const square = f32x4.mul(x, x);
  let a = f32x4.splat(-2.72614225801306e-10);
  a = multiplyAdd(a, square, f32x4.splat(2.77068142495902e-8));
  a = multiplyAdd(a, square, f32x4.splat(-2.10102402082508e-6));
  a = multiplyAdd(a, square, f32x4.splat(-5.69250639462346e-5));
  a = multiplyAdd(a, square, f32x4.splat(-7.34990630326855e-4));
  a = multiplyAdd(a, square, f32x4.splat(-2.95459980854025e-3));
  a = multiplyAdd(a, square, f32x4.splat(-1.60960333262415e-2));
  let b = f32x4.splat(-1.45660718464996e-5);
  b = multiplyAdd(b, square, f32x4.splat(-2.13374055278905e-4));
  b = multiplyAdd(b, square, f32x4.splat(-1.68282697438203e-3));
  b = multiplyAdd(b, square, f32x4.splat(-7.37332916720468e-3));
  b = multiplyAdd(b, square, f32x4.splat(-1.42647390514189e-2));
  return f32x4.div(f32x4.mul(x, a), b);
}

/** x · Φ(x), with the error function. */
export function gaussianErrorLinearUnit(x: v128): v128 {
  const phi = f32x4.add(errorFunction(f32x4.mul(x, f32x4.splat(Mathf.SQRT1_2))), f32x4.splat(1));
  return f32x4.mul(f32x4.mul(x, f32x4.splat(0.5)), phi);
}

/** The sum of the four. */
export function sumOf(x: v128): f32 {
  x = f32x4.add(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1);
}

/** The largest of the four. */
export function largestOf(x: v128): f32 {
  x = f32x4.max(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  return max(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 1));
}

/** The smallest of the four. */
export function smallestOf(x: v128): f32 {
  x = f32x4.min(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  return min(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 1));
}

/** The vector at an address of which `count` floats are there, zeros in the place of others. */
export function loadUpTo4(address: usize, count: i32): v128 {
  if (count >= 4) return v128.load(address);
  let x = f32x4.splat(0);
  if (count > 0) x = v128.load32_lane(address, x, 0);
  if (count > 1) x = v128.load32_lane(address, x, 1, 4);
  if (count > 2) x = v128.load32_lane(address, x, 2, 8);
  return x;
}

/** Stores the first `count` floats. */
export function storeUpTo4(address: usize, x: v128, count: i32): void {
  if (count >= 4) {
    v128.store(address, x);
    return;
  }
  if (count > 0) v128.store32_lane(address, x, 0);
  if (count > 1) v128.store32_lane(address, x, 1, 4);
  if (count > 2) v128.store32_lane(address, x, 2, 8);
}

/** Bytes of that many floats. */
export function floats(count: i32): usize {
  return (<usize>count) << 2;
}

/** The least multiple of `size` from `count` on. */
export function roundedUp(count: i32, size: i32): i32 {
  return ((count + size - 1) / size) * size;
}
