// Samples at another rate in WebAssembly, two taps to a vector: what the scalar interpolator of src/interpolator.ts does,
// sum by sum, and so the same numbers to the last bit. AssemblyScript; compile.ts makes src/interpolation-binary.ts of it.

/**
 * `count` float32 `outputs`, the first of `phase`, whose taps begin at float32 `samples`. `taps` are float64 [to, tapCount],
 * tapCount a multiple of 4; `from` and `to` are rates without common divisors.
 */
export function interpolate(
  samples: usize,
  outputs: usize,
  count: i32,
  phase: i32,
  from: i32,
  to: i32,
  taps: usize,
  tapCount: i32,
): void {
  const rowBytes = (<usize>tapCount) << 3;
  let row = taps + <usize>phase * rowBytes;
  let rest = (phase * from) % to;
  for (let output = 0; output < count; output++) {
    store<f32>(outputs + ((<usize>output) << 2), <f32>dot(row, samples, rowBytes));
    row += rowBytes;
    if (++phase === to) {
      phase = 0;
      row = taps;
    }
    for (rest += from; rest >= to; rest -= to) samples += 4;
  }
}

function dot(row: usize, sample: usize, rowBytes: usize): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (const end = row + rowBytes; row < end; row += 32, sample += 16) {
    const first = f64x2.promote_low_f32x4(v128.load64_zero(sample));
    const second = f64x2.promote_low_f32x4(v128.load64_zero(sample, 8));
    low = f64x2.add(low, f64x2.mul(v128.load(row), first));
    high = f64x2.add(high, f64x2.mul(v128.load(row, 16), second));
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
