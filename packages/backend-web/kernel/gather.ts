// Rows of a table, or numbers of a row, by their places.

import { floats } from './arithmetic';
import { takePiece } from './teamwork';

/** Rows of a piece of work. */
const pieceRows = 16;

/** Numbers of a piece of work. */
const pieceSize = 4096;

export function gather(table: usize, ids: usize, target: usize, count: i32, width: i32): void {
  const pieces = (count + pieceRows - 1) / pieceRows;
  for (let piece = takePiece(); piece < pieces; piece = takePiece()) {
    for (let row = piece * pieceRows; row < min(count, (piece + 1) * pieceRows); row++) {
      const id = load<i32>(ids + floats(row));
      memory.copy(target + floats(row * width), table + floats(id * width), floats(width));
    }
  }
}

/** Of each row of x [rows, width] the numbers at `positions` [rows, count], whole ones in floating point. */
export function take(x: usize, positions: usize, target: usize, rows: i32, width: i32, count: i32): void {
  const all = rows * count;
  const pieces = (all + pieceSize - 1) / pieceSize;
  for (let piece = takePiece(); piece < pieces; piece = takePiece()) {
    for (let index = piece * pieceSize; index < min(all, (piece + 1) * pieceSize); index++) {
      const place = (index / count) * width + <i32>load<f32>(positions + floats(index));
      store<f32>(target + floats(index), load<f32>(x + floats(place)));
    }
  }
}
