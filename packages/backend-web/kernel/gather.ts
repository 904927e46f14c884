// Rows of a table by number.

import { floats } from './arithmetic';
import { takePiece } from './teamwork';

/** Rows of a piece of work. */
const pieceRows = 16;

export function gather(table: usize, ids: usize, target: usize, count: i32, width: i32): void {
  const pieces = (count + pieceRows - 1) / pieceRows;
  for (let piece = takePiece(); piece < pieces; piece = takePiece()) {
    for (let row = piece * pieceRows; row < min(count, (piece + 1) * pieceRows); row++) {
      const id = load<i32>(ids + floats(row));
      memory.copy(target + floats(row * width), table + floats(id * width), floats(width));
    }
  }
}
