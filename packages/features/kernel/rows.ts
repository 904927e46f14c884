// Rows of features in WebAssembly, two frames at a time: one in each lane of every vector. So nothing is
// ever shuffled, and each lane does what src/scalar-analyzer.ts does for one frame, operation by operation: the same
// numbers to the last bit. AssemblyScript; compile.ts makes src/kernel-binary.ts of it.

// biome-ignore-all lint/style/useConst: the exported variables are set from outside

/** Bytes of a vector. */
const vector: usize = 16;
/** Bytes of a complex number: a vector of real parts, one of imaginary ones. */
const complex: usize = 32;

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
export let binCounts: usize = 0; // int32 [melBins]
export let melWeights: usize = 0; // float64 [sum of binCounts]
export let windowed: usize = 0; // vectors [fftLength], zeros behind the window
export let bufferA: usize = 0; // vectors [fftLength]
export let bufferB: usize = 0; // vectors [fftLength]
export let power: usize = 0; // vectors [fftLength / 2 + 1]

/** Frames of float32 `samples`, `hopLength` apart → float32 `rows` [frames, melBins]. */
export function writeRows(samples: usize, frames: i32, rows: usize): void {
  for (let frame = 0; frame < frames; frame += 2) {
    const other = min(frame + 1, frames - 1); // a last frame without a partner is its own
    applyWindow(samples + float32s(frame * hopLength), samples + float32s(other * hopLength));
    unpackPower(transform());
    if (!usePower) takeRoots();
    filter(rows + float32s(frame * melBins), rows + float32s(other * melBins));
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

/** `sum` and `applyWindow` of src/scalar-analyzer.ts. */
function applyWindow(a: usize, b: usize): void {
  const length = (<usize>windowLength) << 2;
  let mean = f64x2.splat(0);
  if (removeDcOffset) {
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
    mean = f64x2.div(sum, f64x2.splat(<f64>windowLength));
  }
  const share = f64x2.splat(preemphasis);
  let previous = f64x2.sub(sampleOf(a, b, 0), mean);
  let target = windowed;
  for (let offset: usize = 0; offset < length; offset += 4, target += vector) {
    const sample = f64x2.sub(sampleOf(a, b, offset), mean);
    const weight = v128.load64_splat(window + (offset << 1));
    v128.store(target, f64x2.mul(weight, f64x2.sub(sample, f64x2.mul(share, previous))));
    previous = sample;
  }
}

/** `powerOfTwoTransform` of src/fourier.ts, of fftLength / 2 complex numbers. Returns where the result is. */
function transform(): usize {
  let from = windowed;
  let to = bufferA;
  let size = <usize>fftLength >> 1;
  let stride: usize = 1;
  let factors = twiddles;
  for (; size > 4; size >>= 2, stride <<= 2) {
    passOf4(from, to, size, stride, factors);
    factors += (size >> 2) * 48;
    from = to;
    to = to === bufferA ? bufferB : bufferA;
  }
  if (size === 4) lastPassOf4(from, to, stride);
  else lastPassOf2(from, to, stride);
  return to;
}

function passOf4(x: usize, y: usize, size: usize, stride: usize, factors: usize): void {
  const groups = size >> 2;
  const next = stride * complex;
  const quarter = next * groups;
  for (let p: usize = 0; p < groups; p++, factors += 48) {
    const w1r = v128.load64_splat(factors);
    const w1i = v128.load64_splat(factors, 8);
    const w2r = v128.load64_splat(factors, 16);
    const w2i = v128.load64_splat(factors, 24);
    const w3r = v128.load64_splat(factors, 32);
    const w3i = v128.load64_splat(factors, 40);
    let a = x + p * next;
    let out = y + ((p * next) << 2);
    for (const end = a + next; a < end; a += complex, out += complex) {
      const b = a + quarter;
      const c = b + quarter;
      const d = c + quarter;
      const aRe = v128.load(a);
      const aIm = v128.load(a, 16);
      const bRe = v128.load(b);
      const bIm = v128.load(b, 16);
      const cRe = v128.load(c);
      const cIm = v128.load(c, 16);
      const dRe = v128.load(d);
      const dIm = v128.load(d, 16);
      const sumRe = f64x2.add(aRe, cRe);
      const sumIm = f64x2.add(aIm, cIm);
      const differenceRe = f64x2.sub(aRe, cRe);
      const differenceIm = f64x2.sub(aIm, cIm);
      const oddSumRe = f64x2.add(bRe, dRe);
      const oddSumIm = f64x2.add(bIm, dIm);
      const oddDifferenceRe = f64x2.sub(bRe, dRe);
      const oddDifferenceIm = f64x2.sub(bIm, dIm);
      v128.store(out, f64x2.add(sumRe, oddSumRe));
      v128.store(out, f64x2.add(sumIm, oddSumIm), 16);
      const out1 = out + next;
      storeProduct(
        out1,
        f64x2.add(differenceRe, oddDifferenceIm),
        f64x2.sub(differenceIm, oddDifferenceRe),
        w1r,
        w1i,
      );
      const out2 = out1 + next;
      storeProduct(out2, f64x2.sub(sumRe, oddSumRe), f64x2.sub(sumIm, oddSumIm), w2r, w2i);
      const out3 = out2 + next;
      storeProduct(
        out3,
        f64x2.sub(differenceRe, oddDifferenceIm),
        f64x2.add(differenceIm, oddDifferenceRe),
        w3r,
        w3i,
      );
    }
  }
}

function storeProduct(out: usize, re: v128, im: v128, wr: v128, wi: v128): void {
  v128.store(out, f64x2.sub(f64x2.mul(re, wr), f64x2.mul(im, wi)));
  v128.store(out, f64x2.add(f64x2.mul(re, wi), f64x2.mul(im, wr)), 16);
}

function lastPassOf4(x: usize, y: usize, stride: usize): void {
  const next = stride * complex;
  const shift = y - x;
  for (let a = x, end = x + next; a < end; a += complex) {
    const b = a + next;
    const c = b + next;
    const d = c + next;
    const aRe = v128.load(a);
    const aIm = v128.load(a, 16);
    const bRe = v128.load(b);
    const bIm = v128.load(b, 16);
    const cRe = v128.load(c);
    const cIm = v128.load(c, 16);
    const dRe = v128.load(d);
    const dIm = v128.load(d, 16);
    const sumRe = f64x2.add(aRe, cRe);
    const sumIm = f64x2.add(aIm, cIm);
    const differenceRe = f64x2.sub(aRe, cRe);
    const differenceIm = f64x2.sub(aIm, cIm);
    const oddSumRe = f64x2.add(bRe, dRe);
    const oddSumIm = f64x2.add(bIm, dIm);
    const oddDifferenceRe = f64x2.sub(bRe, dRe);
    const oddDifferenceIm = f64x2.sub(bIm, dIm);
    v128.store(a + shift, f64x2.add(sumRe, oddSumRe));
    v128.store(a + shift, f64x2.add(sumIm, oddSumIm), 16);
    v128.store(b + shift, f64x2.add(differenceRe, oddDifferenceIm));
    v128.store(b + shift, f64x2.sub(differenceIm, oddDifferenceRe), 16);
    v128.store(c + shift, f64x2.sub(sumRe, oddSumRe));
    v128.store(c + shift, f64x2.sub(sumIm, oddSumIm), 16);
    v128.store(d + shift, f64x2.sub(differenceRe, oddDifferenceIm));
    v128.store(d + shift, f64x2.add(differenceIm, oddDifferenceRe), 16);
  }
}

function lastPassOf2(x: usize, y: usize, stride: usize): void {
  const next = stride * complex;
  const shift = y - x;
  for (let a = x, end = x + next; a < end; a += vector) {
    const first = v128.load(a);
    const second = v128.load(a + next);
    v128.store(a + shift, f64x2.add(first, second));
    v128.store(a + next + shift, f64x2.sub(first, second));
  }
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

/** `filter` of src/scalar-analyzer.ts: both frames' powers → a row of each. */
function filter(rowA: usize, rowB: usize): void {
  const offset = f64x2.splat(lift);
  const bound = f64x2.splat(least);
  const factor = f64x2.splat(scale);
  let weight = melWeights;
  for (let row: usize = 0, end = float32s(melBins); row < end; row += 4) {
    let energy = f64x2.splat(0);
    let value = power + <usize>load<i32>(firstBins + row) * vector;
    const last = value + <usize>load<i32>(binCounts + row) * vector;
    for (; value < last; value += vector, weight += 8) {
      energy = f64x2.add(energy, f64x2.mul(v128.load64_splat(weight), v128.load(value)));
    }
    if (useLog) energy = f64x2.mul(logarithm(f64x2.max(f64x2.add(energy, offset), bound)), factor);
    const rows = f32x4.demote_f64x2_zero(energy);
    v128.store32_lane(rowA + row, rows, 0);
    v128.store32_lane(rowB + row, rows, 1);
  }
}

/** src/logarithm.ts */
function logarithm(value: v128): v128 {
  const one = f64x2.splat(1);
  const rootOfHalf = i64x2.splat(0x3fe6a09e00000000);
  const shifted = i64x2.add(value, i64x2.sub(one, rootOfHalf));
  // The exponent, as the last bits of 2^52, so that a subtraction makes it a number.
  const biased = v128.or(i64x2.shr_u(shifted, 52), f64x2.splat(4503599627370496));
  const exponent = f64x2.sub(biased, f64x2.splat(4503599627370496 + 1023));
  const mantissa = i64x2.add(v128.and(shifted, i64x2.splat(0x000fffffffffffff)), rootOfHalf);
  const s = f64x2.div(f64x2.sub(mantissa, one), f64x2.add(mantissa, one));
  const z = f64x2.mul(s, s);
  let series = f64x2.splat(1.0 / 11);
  series = f64x2.add(f64x2.splat(1.0 / 9), f64x2.mul(z, series));
  series = f64x2.add(f64x2.splat(1.0 / 7), f64x2.mul(z, series));
  series = f64x2.add(f64x2.splat(1.0 / 5), f64x2.mul(z, series));
  series = f64x2.add(f64x2.splat(1.0 / 3), f64x2.mul(z, series));
  series = f64x2.add(one, f64x2.mul(z, series));
  const fromExponent = f64x2.mul(exponent, f64x2.splat(Math.LN2));
  return f64x2.add(fromExponent, f64x2.mul(f64x2.add(s, s), series));
}
