// The complex Fourier transform, made for being run thousands of times on small frames: tables are made
// once, nothing is allocated per call. Complex numbers are interleaved: real, imaginary, real, …
// kernel/fourier.ts repeats the passes in the same order: change both.

/** Transforms `length` complex numbers. The result is the transform's own buffer, valid until the next call. */
export type FourierTransform = (input: Float64Array) => Float64Array;

/** A forward transform (e^−2πi…, unscaled) of any length ≥ 1. */
export function createFourierTransform(length: number): FourierTransform {
  return (length & (length - 1)) === 0 ? powerOfTwoTransform(length) : anyLengthTransform(length);
}

/**
 * Stockham's algorithm in steps of radix 4: each pass reads one buffer and writes the other in an order
 * that needs no bit reversal at the end. Lengths 2 · 4^n finish with a step of radix 2.
 */
function powerOfTwoTransform(length: number): FourierTransform {
  const buffers = [new Float64Array(2 * length), new Float64Array(2 * length)] as const;
  const passes = passesOf(length);
  const lastSize = length / 4 ** passes.length;
  const lastStride = 2 * (length / lastSize);

  return (input) => {
    let from = input;
    let to = buffers[0];
    for (const { size, stride, twiddles } of passes) {
      passOf4(from, to, size, stride, twiddles);
      from = to;
      to = to === buffers[0] ? buffers[1] : buffers[0];
    }
    if (lastSize === 4) butterflies(from, to, lastStride, lastStride);
    else if (lastSize === 2) lastPassOf2(from, to, lastStride);
    else to.set(from); // a single number
    return to;
  };
}

interface Pass {
  readonly size: number;
  /** Numbers (two are a complex one) from one input of a butterfly's neighbour to the next. */
  readonly stride: number;
  readonly twiddles: Float64Array;
}

/** The passes of radix 4 of a transform whose length is a power of two; one of radix 4 or 2 follows. */
export function passesOf(length: number): Pass[] {
  const passes: Pass[] = [];
  for (let size = length, stride = 2; size > 4; size /= 4, stride *= 4) {
    passes.push({ size, stride, twiddles: twiddlesOf(size) });
  }
  return passes;
}

/** e^−2πi·p·k/size for k = 1, 2, 3, by p: the factors of a pass of radix 4. */
function twiddlesOf(size: number): Float64Array {
  const twiddles = new Float64Array((size / 4) * 6);
  for (let p = 0; p < size / 4; p++) {
    for (let k = 1; k <= 3; k++) {
      const angle = (-2 * Math.PI * p * k) / size;
      twiddles[6 * p + 2 * k - 2] = Math.cos(angle);
      twiddles[6 * p + 2 * k - 1] = Math.sin(angle);
    }
  }
  return twiddles;
}

function passOf4(x: Float64Array, y: Float64Array, size: number, stride: number, w: Float64Array): void {
  const groups = size >> 2; // a shift, for engines keep a quotient as a float and indices get slow
  const quarter = stride * groups;
  butterflies(x, y, stride, quarter); // the first group's factors are 1
  for (let p = 1; p < groups; p++) {
    const w1r = w[6 * p]!;
    const w1i = w[6 * p + 1]!;
    const w2r = w[6 * p + 2]!;
    const w2i = w[6 * p + 3]!;
    const w3r = w[6 * p + 4]!;
    const w3i = w[6 * p + 5]!;
    let a = p * stride;
    let out = 4 * a;
    for (const end = a + stride; a < end; a += 2, out += 2) {
      const b = a + quarter;
      const c = b + quarter;
      const d = c + quarter;
      const aRe = x[a]!;
      const aIm = x[a + 1]!;
      const bRe = x[b]!;
      const bIm = x[b + 1]!;
      const cRe = x[c]!;
      const cIm = x[c + 1]!;
      const dRe = x[d]!;
      const dIm = x[d + 1]!;
      const sumRe = aRe + cRe;
      const sumIm = aIm + cIm;
      const differenceRe = aRe - cRe;
      const differenceIm = aIm - cIm;
      const oddSumRe = bRe + dRe;
      const oddSumIm = bIm + dIm;
      const oddDifferenceRe = bRe - dRe;
      const oddDifferenceIm = bIm - dIm;
      const y1r = differenceRe + oddDifferenceIm;
      const y1i = differenceIm - oddDifferenceRe;
      const y2r = sumRe - oddSumRe;
      const y2i = sumIm - oddSumIm;
      const y3r = differenceRe - oddDifferenceIm;
      const y3i = differenceIm + oddDifferenceRe;
      const out1 = out + stride;
      const out2 = out1 + stride;
      const out3 = out2 + stride;
      y[out] = sumRe + oddSumRe;
      y[out + 1] = sumIm + oddSumIm;
      y[out1] = y1r * w1r - y1i * w1i;
      y[out1 + 1] = y1r * w1i + y1i * w1r;
      y[out2] = y2r * w2r - y2i * w2i;
      y[out2 + 1] = y2r * w2i + y2i * w2r;
      y[out3] = y3r * w3r - y3i * w3i;
      y[out3 + 1] = y3r * w3i + y3i * w3r;
    }
  }
}

/** A group of radix 4 without factors; as a last pass, where `quarter` is `stride`, all of it. */
function butterflies(x: Float64Array, y: Float64Array, stride: number, quarter: number): void {
  for (let a = 0; a < stride; a += 2) {
    const b = a + quarter;
    const c = b + quarter;
    const d = c + quarter;
    const aRe = x[a]!;
    const aIm = x[a + 1]!;
    const bRe = x[b]!;
    const bIm = x[b + 1]!;
    const cRe = x[c]!;
    const cIm = x[c + 1]!;
    const dRe = x[d]!;
    const dIm = x[d + 1]!;
    const sumRe = aRe + cRe;
    const sumIm = aIm + cIm;
    const differenceRe = aRe - cRe;
    const differenceIm = aIm - cIm;
    const oddSumRe = bRe + dRe;
    const oddSumIm = bIm + dIm;
    const oddDifferenceRe = bRe - dRe;
    const oddDifferenceIm = bIm - dIm;
    const out1 = a + stride;
    const out2 = out1 + stride;
    const out3 = out2 + stride;
    y[a] = sumRe + oddSumRe;
    y[a + 1] = sumIm + oddSumIm;
    y[out1] = differenceRe + oddDifferenceIm;
    y[out1 + 1] = differenceIm - oddDifferenceRe;
    y[out2] = sumRe - oddSumRe;
    y[out2 + 1] = sumIm - oddSumIm;
    y[out3] = differenceRe - oddDifferenceIm;
    y[out3 + 1] = differenceIm + oddDifferenceRe;
  }
}

function lastPassOf2(x: Float64Array, y: Float64Array, stride: number): void {
  for (let a = 0; a < stride; a++) {
    const first = x[a]!;
    const second = x[a + stride]!;
    y[a] = first + second;
    y[a + stride] = first - second;
  }
}

/** Bluestein's algorithm: a transform of any length as a convolution, by transforms of a power of two. */
function anyLengthTransform(length: number): FourierTransform {
  const padded = 2 ** (32 - Math.clz32(2 * length - 2));
  const forward = powerOfTwoTransform(padded);
  // e^−πi·k²/length; k² is reduced first, for its angle would lose its last digits.
  const chirp = new Float64Array(2 * length);
  for (let k = 0; k < length; k++) {
    const angle = (-Math.PI * ((k * k) % (2 * length))) / length;
    chirp[2 * k] = Math.cos(angle);
    chirp[2 * k + 1] = Math.sin(angle);
  }
  const kernel = new Float64Array(2 * padded);
  for (let k = 0; k < length; k++) {
    const mirrored = (padded - k) % padded;
    kernel[2 * k] = kernel[2 * mirrored] = chirp[2 * k]!;
    kernel[2 * k + 1] = kernel[2 * mirrored + 1] = -chirp[2 * k + 1]!;
  }
  const response = forward(kernel).map((value) => value / padded);

  const work = new Float64Array(2 * padded);
  const output = new Float64Array(2 * length);
  return (input) => {
    work.fill(0, 2 * length);
    multiply(input, chirp, work, length);
    multiply(forward(work), response, work, padded);
    // An inverse transform is a forward one between two conjugations.
    for (let index = 1; index < work.length; index += 2) work[index] = -work[index]!;
    const convolved = forward(work);
    for (let index = 1; index < 2 * length; index += 2) convolved[index] = -convolved[index]!;
    multiply(convolved, chirp, output, length);
    return output;
  };
}

function multiply(a: Float64Array, b: Float64Array, product: Float64Array, count: number): void {
  for (let index = 0; index < 2 * count; index += 2) {
    const re = a[index]! * b[index]! - a[index + 1]! * b[index + 1]!;
    product[index + 1] = a[index]! * b[index + 1]! + a[index + 1]! * b[index]!;
    product[index] = re;
  }
}
