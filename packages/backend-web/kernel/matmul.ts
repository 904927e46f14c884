// Products of two activations, which nothing hot is made of: row by row, without packing.

import { floats, loadUpTo4, multiplyAdd, storeUpTo4 } from './arithmetic';
import { takePiece } from './teamwork';

/** a [batch, rows, depth] · b [batch, depth, columns] → target [batch, rows, columns]. */
export function matmul(
  a: usize,
  b: usize,
  target: usize,
  batch: i32,
  rows: i32,
  depth: i32,
  columns: i32,
): void {
  for (let piece = takePiece(); piece < batch * rows; piece = takePiece()) {
    const row = a + floats(piece * depth);
    const matrix = b + floats((piece / rows) * depth * columns);
    const to = target + floats(piece * columns);
    for (let column = 0; column < columns; column += 4) {
      const there = columns - column;
      let sum = f32x4.splat(0);
      for (let index = 0; index < depth; index++) {
        const factor = v128.load32_splat(row + floats(index));
        sum = multiplyAdd(factor, loadUpTo4(matrix + floats(index * columns + column), there), sum);
      }
      storeUpTo4(to + floats(column), sum, there);
    }
  }
}
