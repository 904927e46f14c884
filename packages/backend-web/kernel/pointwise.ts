// Operations on one number, or on two that lie in the same place. The target may be what is read.

import { activated } from './activations';
import { floats, loadUpTo4, logarithm, storeUpTo4 } from './arithmetic';
import { add, clamp, log, multiply, remainder, scale } from './layout';
import { takePiece } from './teamwork';

/** Numbers of a piece of work. */
const pieceSize = 8192;

/** x → target [count]. `first` and `second` are a factor, or bounds. */
export function transform(
  operation: i32,
  x: usize,
  target: usize,
  count: i32,
  first: f32,
  second: f32,
): void {
  const pieces = (count + pieceSize - 1) / pieceSize;
  const a = f32x4.splat(first);
  const b = f32x4.splat(second);
  for (let piece = takePiece(); piece < pieces; piece = takePiece()) {
    const end = min(count, (piece + 1) * pieceSize);
    for (let index = piece * pieceSize; index < end; index += 4) {
      const value = loadUpTo4(x + floats(index), end - index);
      storeUpTo4(target + floats(index), transformed(operation, value, a, b), end - index);
    }
  }
}

function transformed(operation: i32, x: v128, a: v128, b: v128): v128 {
  if (operation === scale) return f32x4.mul(x, a);
  if (operation === log) return logarithm(x);
  if (operation === clamp) return f32x4.min(f32x4.max(x, a), b);
  return activated(operation, x);
}

/** a and b → target [count]; of the two, one may be shorter and then repeats. */
export function combine(
  operation: i32,
  a: usize,
  b: usize,
  target: usize,
  count: i32,
  aCount: i32,
  bCount: i32,
): void {
  const pieces = (count + pieceSize - 1) / pieceSize;
  for (let piece = takePiece(); piece < pieces; piece = takePiece()) {
    const end = min(count, (piece + 1) * pieceSize);
    let index = piece * pieceSize;
    while (index < end) {
      const aIndex = index % aCount;
      const bIndex = index % bCount;
      const isNumber = bCount === 1 || aCount === 1;
      const run = isNumber ? end - index : min(end - index, min(aCount - aIndex, bCount - bIndex));
      const aStep: i32 = aCount === 1 ? 0 : 1;
      const bStep: i32 = bCount === 1 ? 0 : 1;
      for (let each = 0; each < run; each += 4) {
        const there = run - each;
        const x = aStep ? loadUpTo4(a + floats(aIndex + each), there) : v128.load32_splat(a);
        const y = bStep ? loadUpTo4(b + floats(bIndex + each), there) : v128.load32_splat(b);
        storeUpTo4(target + floats(index + each), combined(operation, x, y), there);
      }
      index += run;
    }
  }
}

function combined(operation: i32, a: v128, b: v128): v128 {
  if (operation === add) return f32x4.add(a, b);
  if (operation === multiply) return f32x4.mul(a, b);
  if (operation === remainder) return f32x4.sub(a, f32x4.mul(b, f32x4.floor(f32x4.div(a, b))));
  return unreachable();
}
