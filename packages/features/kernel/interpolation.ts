// Samples at another rate in WebAssembly, two taps to a vector: what the scalar interpolator of src/interpolator.ts does,
// sum by sum, and so the same numbers to the last bit. AssemblyScript; compile.ts makes src/interpolation-binary.ts of it.

// Where things lie, which src/vector-interpolator.ts knows too.
const outputs: usize = 1 << 15; // float32; what they are made of is at 0
const taps: usize = 1 << 16; // float64 [to, tapCount]

/**
 * `count` outputs, the first of `phase`, whose taps begin at the first sample. `from` and `to` are rates without common
 * divisors, `tapCount` is a multiple of 4.
 */
export function interpolate(count: i32, phase: i32, from: i32, to: i32, tapCount: i32): void {
  let sample: usize = 0;
  let output = outputs;
  let rest = (phase * from) % to; // fits: more phases than the memory has taps of are not asked for
  do {
    let tap = taps + <usize>((phase * tapCount) << 3);
    let low = f64x2.splat(0);
    let high = low;
    let at = sample;
    const end = sample + <usize>(tapCount << 2);
    do {
      low = f64x2.add(low, f64x2.mul(v128.load(tap), f64x2.promote_low_f32x4(v128.load64_zero(at))));
      high = f64x2.add(high, f64x2.mul(v128.load(tap, 16), f64x2.promote_low_f32x4(v128.load64_zero(at, 8))));
      tap += 32;
      at += 16;
    } while (at < end);
    low = f64x2.add(low, high);
    store<f32>(output, <f32>(f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1)));
    output += 4;
    phase++;
    phase %= to;
    rest += from;
    sample += <usize>((rest / to) << 2);
    rest %= to;
  } while (--count);
}
