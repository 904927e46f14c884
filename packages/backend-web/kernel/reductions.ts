// Operations that read a whole row, or a whole axis, for each of their numbers.

import { exponential, floats, loadUpTo4, multiplyAdd, storeUpTo4, sumOf } from './arithmetic';
import * as code from './layout';
import { takePiece } from './teamwork';

/** Rows of a piece of work. */
const pieceRows = 16;

/** Numbers of a reduction's piece of work. */
const partSize = 256;

/** Each row of x [rows, width] to mean 0 and variance 1, then · scale + shift. */
export function layerNorm(
  x: usize,
  scale: usize,
  shift: usize,
  target: usize,
  rows: i32,
  width: i32,
  epsilon: f32,
): void {
  const pieces = (rows + pieceRows - 1) / pieceRows;
  for (let piece = takePiece(); piece < pieces; piece = takePiece()) {
    for (let row = piece * pieceRows; row < min(rows, (piece + 1) * pieceRows); row++) {
      const source = x + floats(row * width);
      const to = target + floats(row * width);
      const mean = rowSum(source, width) / <f32>width;
      const center = f32x4.splat(mean);
      let squares = f32x4.splat(0);
      let index = 0;
      for (; index + 4 <= width; index += 4) {
        const offset = f32x4.sub(v128.load(source + floats(index)), center);
        squares = multiplyAdd(offset, offset, squares);
      }
      let sum = sumOf(squares);
      for (; index < width; index++) {
        const offset = load<f32>(source + floats(index)) - mean;
        sum += offset * offset;
      }
      const factor = f32x4.splat(1 / sqrt<f32>(sum / <f32>width + epsilon));
      for (index = 0; index < width; index += 4) {
        const there = width - index;
        const normal = f32x4.mul(f32x4.sub(loadUpTo4(source + floats(index), there), center), factor);
        const scaled = multiplyAdd(
          normal,
          loadUpTo4(scale + floats(index), there),
          loadUpTo4(shift + floats(index), there),
        );
        storeUpTo4(to + floats(index), scaled, there);
      }
    }
  }
}

function rowSum(x: usize, width: i32): f32 {
  let sum = f32x4.splat(0);
  for (let index = 0; index < width; index += 4)
    sum = f32x4.add(sum, loadUpTo4(x + floats(index), width - index));
  return sumOf(sum);
}

/** The softmax of each row of x [rows, width]. */
export function softmax(x: usize, target: usize, rows: i32, width: i32): void {
  const pieces = (rows + pieceRows - 1) / pieceRows;
  for (let piece = takePiece(); piece < pieces; piece = takePiece()) {
    for (let row = piece * pieceRows; row < min(rows, (piece + 1) * pieceRows); row++) {
      const source = x + floats(row * width);
      const to = target + floats(row * width);
      let largest = load<f32>(source);
      for (let index = 0; index < width; index++) largest = max(largest, load<f32>(source + floats(index)));
      const top = f32x4.splat(largest);
      for (let index = 0; index < width; index += 4) {
        const there = width - index;
        storeUpTo4(
          to + floats(index),
          exponential(f32x4.sub(loadUpTo4(source + floats(index), there), top)),
          there,
        );
      }
      const share = f32x4.splat(1 / rowSum(to, width));
      for (let index = 0; index < width; index += 4) {
        const there = width - index;
        storeUpTo4(to + floats(index), f32x4.mul(loadUpTo4(to + floats(index), there), share), there);
      }
    }
  }
}

/** The mean or the largest over the middle axis: x [outer, count, inner] → target [outer, inner]. */
export function reduce(operation: i32, x: usize, target: usize, outer: i32, count: i32, inner: i32): void {
  const parts = (inner + partSize - 1) / partSize;
  const share = f32x4.splat(<f32>1 / <f32>count);
  for (let piece = takePiece(); piece < outer * parts; piece = takePiece()) {
    const row = piece / parts;
    const source = x + floats(row * count * inner);
    const first = (piece % parts) * partSize;
    for (let index = first; index < min(inner, first + partSize); index += 4) {
      const there = inner - index;
      let result = loadUpTo4(source + floats(index), there);
      for (let each = 1; each < count; each++) {
        const next = loadUpTo4(source + floats(each * inner + index), there);
        result = operation === code.max ? f32x4.pmax(result, next) : f32x4.add(result, next);
      }
      if (operation === code.mean) result = f32x4.mul(result, share);
      storeUpTo4(target + floats(row * inner + index), result, there);
    }
  }
}
