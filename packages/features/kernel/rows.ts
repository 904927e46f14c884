// Rows of features in WebAssembly, two frames at a time: one in each lane of every vector. So nothing is
// ever shuffled, and each lane does what src/scalar-analyzer.ts does for one frame, operation by operation: the same
// numbers to the last bit. AssemblyScript; compile.ts makes src/rows-binary.ts of it.

// biome-ignore-all lint/style/useConst: the exported variables are set from outside

import { butterflies, complex, lastPassOf2, passOf4, vector } from './fourier';

// What src/vector-analyzer.ts sets: sizes, and the addresses of what it puts into memory.
export let windowLength: i32 = 0;
export let hopLength: i32 = 0;
export let fftLength: i32 = 0;
export let melBins: i32 = 0;
export let removeDcOffset: i32 = 0; // 0 or 1, like usePower and useLog
export let usePower: i32 = 0;
export let useLog: i32 = 0;
export let preemphasis: f64 = 0;
export let lift: f64 = 0; // x becomes scale · ln(max(x + lift, least))
export let least: f64 = 0;
export let scale: f64 = 0;
export let window: usize = 0; // float64 [windowLength]
export let twiddles: usize = 0; // float64 [the factors of all passes of radix 4]
export let turns: usize = 0; // float64 [fftLength / 4 + 1, cosine and sine]
export let firstBins: usize = 0; // int32 [melBins]
export let binCounts: usize = 0; // int32 [melBins], multiples of 4
export let melWeights: usize = 0; // float64 [sum of binCounts]
export let windowed: usize = 0; // vectors [fftLength], zeros behind the window
export let bufferA: usize = 0; // vectors [fftLength]
export let bufferB: usize = 0; // vectors [fftLength]
export let power: usize = 0; // vectors [fftLength / 2 + 4], zeros behind the frequencies
export let energies: usize = 0; // vectors [melBins]
export let constants: usize = 0; // float64, those of src/logarithm.ts

/** Frames of float32 `samples`, `hopLength` apart → float32 `rows` [frames, melBins]. */
export function writeRows(samples: usize, frames: i32, rows: usize): void {
  for (let frame = 0; frame < frames; frame += 2) {
    const other = min(frame + 1, frames - 1); // a last frame without a partner is its own
    applyWindow(samples + float32s(frame * hopLength), samples + float32s(other * hopLength));
    unpackPower(transform());
    if (!usePower) takeRoots();
    filter();
    storeRows(rows + float32s(frame * melBins), rows + float32s(other * melBins));
  }
}

/** The bytes of so many numbers. */
function float32s(count: i32): usize {
  return (<usize>count) << 2;
}

/** Sample `offset` of both frames. */
function sampleOf(a: usize, b: usize, offset: usize): v128 {
  const first = v128.load32_zero(a + offset);
  return f64x2.promote_low_f32x4(v128.load32_lane(b + offset, first, 1));
}

/** The mean of each frame, `sum` of src/scalar-analyzer.ts. */
function meanOf(a: usize, b: usize, length: usize): v128 {
  let sum0 = f64x2.splat(0);
  let sum1 = f64x2.splat(0);
  let sum2 = f64x2.splat(0);
  let sum3 = f64x2.splat(0);
  let offset: usize = 0;
  for (; offset + 12 < length; offset += 16) {
    const fromA = v128.load(a + offset);
    const fromB = v128.load(b + offset);
    const low = i32x4.shuffle(fromA, fromB, 0, 4, 1, 5);
    const high = i32x4.shuffle(fromA, fromB, 2, 6, 3, 7);
    sum0 = f64x2.add(sum0, f64x2.promote_low_f32x4(low));
    sum1 = f64x2.add(sum1, f64x2.promote_low_f32x4(i64x2.shuffle(low, low, 1, 1)));
    sum2 = f64x2.add(sum2, f64x2.promote_low_f32x4(high));
    sum3 = f64x2.add(sum3, f64x2.promote_low_f32x4(i64x2.shuffle(high, high, 1, 1)));
  }
  for (; offset < length; offset += 4) sum0 = f64x2.add(sum0, sampleOf(a, b, offset));
  const sum = f64x2.add(f64x2.add(f64x2.add(sum0, sum1), sum2), sum3);
  return f64x2.div(sum, f64x2.splat(<f64>windowLength));
}

/** `applyWindow` of src/scalar-analyzer.ts. */
function applyWindow(a: usize, b: usize): void {
  const length = float32s(windowLength);
  const mean = removeDcOffset ? meanOf(a, b, length) : f64x2.splat(0);
  const share = f64x2.splat(preemphasis);
  const isPlain = !removeDcOffset && preemphasis === 0;
  let previous = f64x2.sub(sampleOf(a, b, 0), mean);
  let weights = window;
  let target = windowed;
  let offset: usize = 0;
  for (; offset + 12 < length; offset += 16, weights += 32, target += 4 * vector) {
    const fromA = v128.load(a + offset);
    const fromB = v128.load(b + offset);
    const low = i32x4.shuffle(fromA, fromB, 0, 4, 1, 5);
    const high = i32x4.shuffle(fromA, fromB, 2, 6, 3, 7);
    let sample0 = f64x2.promote_low_f32x4(low);
    let sample1 = f64x2.promote_low_f32x4(i64x2.shuffle(low, low, 1, 1));
    let sample2 = f64x2.promote_low_f32x4(high);
    let sample3 = f64x2.promote_low_f32x4(i64x2.shuffle(high, high, 1, 1));
    if (!isPlain) {
      sample0 = f64x2.sub(sample0, mean);
      sample1 = f64x2.sub(sample1, mean);
      sample2 = f64x2.sub(sample2, mean);
      sample3 = f64x2.sub(sample3, mean);
      const last = sample3;
      sample3 = f64x2.sub(sample3, f64x2.mul(share, sample2));
      sample2 = f64x2.sub(sample2, f64x2.mul(share, sample1));
      sample1 = f64x2.sub(sample1, f64x2.mul(share, sample0));
      sample0 = f64x2.sub(sample0, f64x2.mul(share, previous));
      previous = last;
    }
    v128.store(target, f64x2.mul(v128.load64_splat(weights), sample0));
    v128.store(target, f64x2.mul(v128.load64_splat(weights, 8), sample1), 16);
    v128.store(target, f64x2.mul(v128.load64_splat(weights, 16), sample2), 32);
    v128.store(target, f64x2.mul(v128.load64_splat(weights, 24), sample3), 48);
  }
  for (; offset < length; offset += 4, weights += 8, target += vector) {
    const sample = f64x2.sub(sampleOf(a, b, offset), mean);
    v128.store(target, f64x2.mul(v128.load64_splat(weights), f64x2.sub(sample, f64x2.mul(share, previous))));
    previous = sample;
  }
}

/** `powerOfTwoTransform` of src/fourier.ts, of fftLength / 2 complex numbers. Returns where the result is. */
function transform(): usize {
  let from = windowed;
  let to = bufferA;
  let size = <usize>fftLength >> 1;
  let next = complex;
  let factors = twiddles;
  for (; size > 4; size >>= 2, next <<= 2) {
    passOf4(from, to, size, next, factors);
    factors += (size >> 2) * 48;
    from = to;
    to = to === bufferA ? bufferB : bufferA;
  }
  if (size === 2) lastPassOf2(from, to, next);
  else butterflies(from, to, next, next);
  return to;
}

/** src/power-spectrum.ts, from the transform at `z`. */
function unpackPower(z: usize): void {
  const half = <usize>fftLength >> 1;
  const dc = f64x2.add(v128.load(z), v128.load(z, 16));
  v128.store(power, f64x2.mul(dc, dc));
  const nyquist = f64x2.sub(v128.load(z), v128.load(z, 16));
  v128.store(power + half * vector, f64x2.mul(nyquist, nyquist));
  let low = z + complex;
  let high = z + (half - 1) * complex;
  let turn = turns + 16;
  let lowPower = power + vector;
  let highPower = power + (half - 1) * vector;
  const quarter = f64x2.splat(0.25);
  while (low <= high) {
    const lowRe = v128.load(low);
    const lowIm = v128.load(low, 16);
    const highRe = v128.load(high);
    const highIm = v128.load(high, 16);
    const cosine = v128.load64_splat(turn);
    const sine = v128.load64_splat(turn, 8);
    const evenRe = f64x2.add(lowRe, highRe);
    const evenIm = f64x2.sub(lowIm, highIm);
    const oddRe = f64x2.add(lowIm, highIm);
    const oddIm = f64x2.sub(highRe, lowRe);
    const turnedRe = f64x2.add(f64x2.mul(oddRe, cosine), f64x2.mul(oddIm, sine));
    const turnedIm = f64x2.sub(f64x2.mul(oddIm, cosine), f64x2.mul(oddRe, sine));
    const re = f64x2.add(evenRe, turnedRe);
    const im = f64x2.add(evenIm, turnedIm);
    const mirroredRe = f64x2.sub(evenRe, turnedRe);
    const mirroredIm = f64x2.sub(evenIm, turnedIm);
    v128.store(lowPower, f64x2.mul(quarter, f64x2.add(f64x2.mul(re, re), f64x2.mul(im, im))));
    v128.store(
      highPower,
      f64x2.mul(quarter, f64x2.add(f64x2.mul(mirroredRe, mirroredRe), f64x2.mul(mirroredIm, mirroredIm))),
    );
    low += complex;
    high -= complex;
    turn += 16;
    lowPower += vector;
    highPower -= vector;
  }
}

/** Powers → magnitudes. */
function takeRoots(): void {
  const end = power + ((<usize>fftLength >> 1) + 1) * vector;
  for (let value = power; value < end; value += vector) v128.store(value, f64x2.sqrt(v128.load(value)));
}

/** `filter` of src/scalar-analyzer.ts: both frames' powers → the energies of each filter. */
function filter(): void {
  let weights = melWeights;
  let energy = energies;
  for (let row: usize = 0, end = float32s(melBins); row < end; row += 4, energy += vector) {
    let sum0 = f64x2.splat(0);
    let sum1 = f64x2.splat(0);
    let sum2 = f64x2.splat(0);
    let sum3 = f64x2.splat(0);
    let value = power + <usize>load<i32>(firstBins + row) * vector;
    const last = value + <usize>load<i32>(binCounts + row) * vector;
    for (; value < last; value += 4 * vector, weights += 32) {
      sum0 = f64x2.add(sum0, f64x2.mul(v128.load64_splat(weights), v128.load(value)));
      sum1 = f64x2.add(sum1, f64x2.mul(v128.load64_splat(weights, 8), v128.load(value, 16)));
      sum2 = f64x2.add(sum2, f64x2.mul(v128.load64_splat(weights, 16), v128.load(value, 32)));
      sum3 = f64x2.add(sum3, f64x2.mul(v128.load64_splat(weights, 24), v128.load(value, 48)));
    }
    v128.store(energy, f64x2.add(f64x2.add(sum0, sum1), f64x2.add(sum2, sum3)));
  }
}

/** The energies → a row of each frame. */
function storeRows(rowA: usize, rowB: usize): void {
  const offset = f64x2.splat(lift);
  const bound = f64x2.splat(least);
  const factor = f64x2.splat(scale);
  let energy = energies;
  for (let row: usize = 0, end = float32s(melBins); row < end; row += 4, energy += vector) {
    let value = v128.load(energy);
    if (useLog) value = f64x2.mul(logarithm(f64x2.max(f64x2.add(value, offset), bound)), factor);
    const rows = f32x4.demote_f64x2_zero(value);
    v128.store32_lane(rowA + row, rows, 0);
    v128.store32_lane(rowB + row, rows, 1);
  }
}

/** src/logarithm.ts */
function logarithm(value: v128): v128 {
  const one = v128.load64_splat(constants);
  const rootOfHalf = v128.load64_splat(constants, 8);
  const shifted = i64x2.sub(i64x2.add(value, one), rootOfHalf);
  // The exponent, as the last bits of 2^52, so that a subtraction makes it a number.
  const biased = v128.or(i64x2.shr_u(shifted, 52), v128.load64_splat(constants, 16));
  const exponent = f64x2.sub(biased, v128.load64_splat(constants, 24));
  const mantissa = i64x2.add(v128.and(shifted, v128.load64_splat(constants, 32)), rootOfHalf);
  const s = f64x2.div(f64x2.sub(mantissa, one), f64x2.add(mantissa, one));
  const z = f64x2.mul(s, s);
  let series = v128.load64_splat(constants, 40);
  series = f64x2.add(v128.load64_splat(constants, 48), f64x2.mul(z, series));
  series = f64x2.add(v128.load64_splat(constants, 56), f64x2.mul(z, series));
  series = f64x2.add(v128.load64_splat(constants, 64), f64x2.mul(z, series));
  series = f64x2.add(v128.load64_splat(constants, 72), f64x2.mul(z, series));
  series = f64x2.add(one, f64x2.mul(z, series));
  const fromExponent = f64x2.mul(exponent, v128.load64_splat(constants, 80));
  return f64x2.add(fromExponent, f64x2.mul(f64x2.add(s, s), series));
}
