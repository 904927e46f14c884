// One tile of a product, in registers from its first number to its last: 12 sums, two vectors of columns and one
// number of a row are 15 of the 16 registers that CPUs of x64 have. AssemblyScript keeps only plain variables there, no
// arrays, so each of the two tiles is written out.

import { multiplyAdd } from './arithmetic';

/** Packed rows a [depth][6] · packed columns b [depth][8] → target [6, 8]. */
export function floatTile(a: usize, b: usize, target: usize, depth: i32): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0);
  let c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0);
  let c51 = f32x4.splat(0);
  const end = b + ((<usize>depth) << 5);
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = multiplyAdd(x, b0, c00);
    c01 = multiplyAdd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = multiplyAdd(x, b0, c10);
    c11 = multiplyAdd(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = multiplyAdd(x, b0, c20);
    c21 = multiplyAdd(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = multiplyAdd(x, b0, c30);
    c31 = multiplyAdd(x, b1, c31);
    x = v128.load32_splat(a, 16);
    c40 = multiplyAdd(x, b0, c40);
    c41 = multiplyAdd(x, b1, c41);
    x = v128.load32_splat(a, 20);
    c50 = multiplyAdd(x, b0, c50);
    c51 = multiplyAdd(x, b1, c51);
    a += 24;
    b += 32;
  }
  storeTile(target, c00, c01, c10, c11, c20, c21, c30, c31, c40, c41, c50, c51);
}

/** One row a [depth] · packed columns b [depth][8] → target [8]. */
export function floatRow(a: usize, b: usize, target: usize, depth: i32): void {
  let even0 = f32x4.splat(0);
  let even1 = f32x4.splat(0);
  let odd0 = f32x4.splat(0);
  let odd1 = f32x4.splat(0);
  const end = a + ((<usize>depth) << 2);
  for (const last = end - 4; a < last; a += 8) {
    const x = v128.load32_splat(a);
    even0 = multiplyAdd(x, v128.load(b), even0);
    even1 = multiplyAdd(x, v128.load(b, 16), even1);
    const y = v128.load32_splat(a, 4);
    odd0 = multiplyAdd(y, v128.load(b, 32), odd0);
    odd1 = multiplyAdd(y, v128.load(b, 48), odd1);
    b += 64;
  }
  if (a < end) {
    const x = v128.load32_splat(a);
    even0 = multiplyAdd(x, v128.load(b), even0);
    even1 = multiplyAdd(x, v128.load(b, 16), even1);
  }
  v128.store(target, f32x4.add(even0, odd0));
  v128.store(target, f32x4.add(even1, odd1), 16);
}

/**
 * Packed rows a [depth / 4][6][4], of 0 to 127, · packed columns b [depth / 4][8][4], of int8 → target [6, 8], int32.
 * Relaxed products are exact for these: only one operand may use its eighth bit.
 */
export function integerTile(a: usize, b: usize, target: usize, depth: i32): void {
  let c00 = i32x4.splat(0);
  let c01 = i32x4.splat(0);
  let c10 = i32x4.splat(0);
  let c11 = i32x4.splat(0);
  let c20 = i32x4.splat(0);
  let c21 = i32x4.splat(0);
  let c30 = i32x4.splat(0);
  let c31 = i32x4.splat(0);
  let c40 = i32x4.splat(0);
  let c41 = i32x4.splat(0);
  let c50 = i32x4.splat(0);
  let c51 = i32x4.splat(0);
  const end = b + ((<usize>depth) << 3);
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = dotAdd(b0, x, c00);
    c01 = dotAdd(b1, x, c01);
    x = v128.load32_splat(a, 4);
    c10 = dotAdd(b0, x, c10);
    c11 = dotAdd(b1, x, c11);
    x = v128.load32_splat(a, 8);
    c20 = dotAdd(b0, x, c20);
    c21 = dotAdd(b1, x, c21);
    x = v128.load32_splat(a, 12);
    c30 = dotAdd(b0, x, c30);
    c31 = dotAdd(b1, x, c31);
    x = v128.load32_splat(a, 16);
    c40 = dotAdd(b0, x, c40);
    c41 = dotAdd(b1, x, c41);
    x = v128.load32_splat(a, 20);
    c50 = dotAdd(b0, x, c50);
    c51 = dotAdd(b1, x, c51);
    a += 24;
    b += 32;
  }
  storeTile(target, c00, c01, c10, c11, c20, c21, c30, c31, c40, c41, c50, c51);
}

/** Sums of four neighboring products of bytes, added to c. There is nothing nearly as fast without relaxed SIMD. */
function dotAdd(weights: v128, inputs: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, inputs, c);
  return unreachable();
}

function storeTile(
  target: usize,
  c00: v128,
  c01: v128,
  c10: v128,
  c11: v128,
  c20: v128,
  c21: v128,
  c30: v128,
  c31: v128,
  c40: v128,
  c41: v128,
  c50: v128,
  c51: v128,
): void {
  v128.store(target, c00);
  v128.store(target, c01, 16);
  v128.store(target, c10, 32);
  v128.store(target, c11, 48);
  v128.store(target, c20, 64);
  v128.store(target, c21, 80);
  v128.store(target, c30, 96);
  v128.store(target, c31, 112);
  v128.store(target, c40, 128);
  v128.store(target, c41, 144);
  v128.store(target, c50, 160);
  v128.store(target, c51, 176);
}
