// Products of many embeddings with one, in WebAssembly: two numbers at a time, in float64. AssemblyScript; compile.ts makes
// src/search/kernel-binary.ts of it.

/**
 * `rows` [count, dim] are float32, `direction` [dim] and `products` [count] float64; all are addresses. `count` is a multiple
 * of four: of four rows no sum waits for another, and the direction is read once for all.
 */
export function multiplyRows(rows: usize, count: i32, dim: i32, direction: usize, products: usize): void {
  const bytes = (<usize>dim) << 2;
  const even = (<usize>(dim & ~1)) << 2;
  for (let row = 0; row < count; row += 4) {
    const a = rows + <usize>row * bytes;
    const b = a + bytes;
    const c = b + bytes;
    const d = c + bytes;
    let sumsA = f64x2.splat(0);
    let sumsB = f64x2.splat(0);
    let sumsC = f64x2.splat(0);
    let sumsD = f64x2.splat(0);
    for (let at: usize = 0; at < even; at += 8) {
      const factors = v128.load(direction + (at << 1));
      sumsA = f64x2.add(sumsA, f64x2.mul(two(a + at), factors));
      sumsB = f64x2.add(sumsB, f64x2.mul(two(b + at), factors));
      sumsC = f64x2.add(sumsC, f64x2.mul(two(c + at), factors));
      sumsD = f64x2.add(sumsD, f64x2.mul(two(d + at), factors));
    }
    let sumA = sumOf(sumsA);
    let sumB = sumOf(sumsB);
    let sumC = sumOf(sumsC);
    let sumD = sumOf(sumsD);
    if (even < bytes) {
      const factor = load<f64>(direction + (even << 1));
      sumA += <f64>load<f32>(a + even) * factor;
      sumB += <f64>load<f32>(b + even) * factor;
      sumC += <f64>load<f32>(c + even) * factor;
      sumD += <f64>load<f32>(d + even) * factor;
    }
    const product = products + ((<usize>row) << 3);
    store<f64>(product, sumA);
    store<f64>(product, sumB, 8);
    store<f64>(product, sumC, 16);
    store<f64>(product, sumD, 24);
  }
}

function two(address: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(address));
}

function sumOf(sums: v128): f64 {
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}
