// Position embeddings for another patch grid, as the official code makes them: along each axis cut from the
// middle where the new grid is shorter, else interpolated; time first, then frequency.

import { classTokens, type PatchGrid } from './config.js';

/** [classTokens + patches of `from`, D] → [classTokens + patches of `to`, D]. Class tokens stay as they are. */
export function adaptPositions(positions: Float32Array, from: PatchGrid, to: PatchGrid): Float32Array {
  const embedDim = positions.length / (classTokens + from.rows * from.columns);
  const head = positions.subarray(0, classTokens * embedDim);
  const grid = positions.subarray(head.length); // [rows, columns, D]
  const inTime = adaptAxis(grid, from.columns, to.columns, embedDim);
  const adapted = adaptAxis(inTime, from.rows, to.rows, to.columns * embedDim);
  const result = new Float32Array(head.length + adapted.length);
  result.set(head);
  result.set(adapted, head.length);
  return result;
}

/** [outer, size, inner] → [outer, newSize, inner]. */
function adaptAxis(data: Float32Array, size: number, newSize: number, inner: number): Float32Array {
  const outer = data.length / (size * inner);
  const result = new Float32Array(outer * newSize * inner);
  for (let index = 0; index < newSize; index++) {
    const { lower, share } =
      newSize < size ? cutFromMiddle(index, size, newSize) : between(index, size, newSize);
    const upper = Math.min(lower + 1, size - 1);
    for (let block = 0; block < outer; block++) {
      const a = (block * size + lower) * inner;
      const b = (block * size + upper) * inner;
      const at = (block * newSize + index) * inner;
      for (let i = 0; i < inner; i++) result[at + i] = data[a + i]! * (1 - share) + data[b + i]! * share;
    }
  }
  return result;
}

interface Place {
  readonly lower: number;
  /** How much of the next one, from 0 to 1. */
  readonly share: number;
}

function cutFromMiddle(index: number, size: number, newSize: number): Place {
  return { lower: Math.floor(size / 2) - Math.floor(newSize / 2) + index, share: 0 };
}

/**
 * torch.nn.functional.interpolate, bilinear, align_corners=False. Its scale is rounded to float32, which a hundred
 * patches on is seen in the fifth decimal.
 */
function between(index: number, size: number, newSize: number): Place {
  const scale = Math.fround(size / newSize);
  const place = Math.max(0, scale * (index + 0.5) - 0.5);
  const lower = Math.min(Math.floor(place), size - 1);
  return { lower, share: place - lower };
}
