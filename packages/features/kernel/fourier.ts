// The passes of src/fourier.ts, on two frames at once: each number is a vector, of which either frame has a lane.

/** Bytes of a vector. */
export const vector: usize = 16;
/** Bytes of a complex number: a vector of real parts, one of imaginary ones. */
export const complex: usize = 32;

export function passOf4(x: usize, y: usize, size: usize, next: usize, factors: usize): void {
  const groups = size >> 2;
  const quarter = groups * next;
  butterflies(x, y, next, quarter); // the first group's factors are 1
  for (let p: usize = 1; p < groups; p++) {
    factors += 48;
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

/**
 * A group of radix 4 without factors; as a last pass, where `quarter` is `next`, all of it. It is a loop of its own because
 * one that chooses makes features 2 % slower.
 */
export function butterflies(x: usize, y: usize, next: usize, quarter: usize): void {
  const end = x + next;
  for (let a = x, out = y; a < end; a += complex, out += complex) {
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
    v128.store(out1, f64x2.add(differenceRe, oddDifferenceIm));
    v128.store(out1, f64x2.sub(differenceIm, oddDifferenceRe), 16);
    const out2 = out1 + next;
    v128.store(out2, f64x2.sub(sumRe, oddSumRe));
    v128.store(out2, f64x2.sub(sumIm, oddSumIm), 16);
    const out3 = out2 + next;
    v128.store(out3, f64x2.sub(differenceRe, oddDifferenceIm));
    v128.store(out3, f64x2.add(differenceIm, oddDifferenceRe), 16);
  }
}

export function lastPassOf2(x: usize, y: usize, next: usize): void {
  const shift = y - x;
  for (let a = x, end = x + next; a < end; a += vector) {
    const first = v128.load(a);
    const second = v128.load(a + next);
    v128.store(a + shift, f64x2.add(first, second));
    v128.store(a + next + shift, f64x2.sub(first, second));
  }
}
