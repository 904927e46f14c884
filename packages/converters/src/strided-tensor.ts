// A view of a storage, read as PyTorch's `contiguous()` would give it.

import {
  AudiozooError,
  bytesPerElement,
  bytesToElements,
  type DType,
  elementCount,
  formatShape,
  type Shape,
  type Tensor,
  tensor,
} from '@audiozoo/core';
import { blockBytes, type CheckedRange } from './byte-range.js';
import type { CheckpointTensor, ReadOptions, Rows } from './checkpoint.js';
import { quote, refusal } from './refusal.js';

/** A view with stride 0 can state any size; one larger than its storage is read up to this size. */
const maxRepeatedBytes = 256 * 1024 * 1024;

export interface StridedView {
  readonly name: string;
  readonly storage: CheckedRange;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly strides: Shape;
  readonly storageOffset: number;
  /** First byte of the elements that `storageOffset` counts. */
  readonly byteOffset: number;
}

/** The tensor of a view that lies inside its storage. */
export function stridedTensor(view: StridedView): CheckpointTensor {
  const { name, storage, dtype, shape, strides, storageOffset } = view;
  const elementBytes = bytesPerElement(dtype);
  const byteOffset = view.byteOffset + storageOffset * elementBytes;

  async function* chunks({ rows, signal }: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    const part = selectRows(name, shape, rows);
    const count = elementCount(part.shape);
    if (count === 0) return;
    const start = byteOffset + part.start * (strides[0] ?? 0) * elementBytes;
    if (isContiguous(part.shape, strides)) {
      yield* storage.blocks(start, start + count * elementBytes, signal);
      return;
    }
    if (count * elementBytes > Math.max(storage.range.size, maxRepeatedBytes)) {
      throw refusal(storage.range.name, `holds a tensor that repeats itself to ${count} elements`, {
        expected: `at most ${maxRepeatedBytes} bytes`,
        mend: 'In Python, save it without expand().',
      });
    }
    const last = part.shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, 0);
    const span = await storage.read(start, start + (last + 1) * elementBytes, signal);
    yield* gather(span, elementBytes, part.shape, strides, count);
  }

  const verify: CheckpointTensor['verify'] = ({ signal } = {}) => storage.verify(signal);

  return {
    dtype,
    shape,
    strides,
    storageOffset,
    position: storage.range.position + byteOffset,
    chunks,
    verify,
    async read(options = {}) {
      const data = await readWhole(dtype, selectRows(name, shape, options.rows).shape, chunks(options));
      await verify(options);
      return data;
    },
  };
}

/** Chunks of whole elements → a tensor. */
async function readWhole(dtype: DType, shape: Shape, chunks: AsyncIterable<Uint8Array>): Promise<Tensor> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    pieces.push(chunk);
    length += chunk.length;
  }
  const bytes = new Uint8Array(length); // its own memory: a chunk may be a view of the whole file
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return tensor(dtype, shape, bytesToElements(dtype, bytes));
}

/** The first row and the shape that `rows` select. */
export function selectRows(name: string, shape: Shape, rows?: Rows): { start: number; shape: Shape } {
  if (!rows) return { start: 0, shape };
  const { start, end } = rows;
  const [height, ...rest] = shape;
  if (
    height !== undefined &&
    Number.isInteger(start) &&
    Number.isInteger(end) &&
    0 <= start &&
    start <= end
  ) {
    if (end <= height) return { start, shape: [end - start, ...rest] };
  }
  throw new AudiozooError({
    code: 'argument',
    what: `tensor ${quote(name)} has no rows ${start} to ${end}`,
    expected: height === undefined ? 'a tensor with rows' : `rows within 0 to ${height}`,
    got: formatShape(shape),
  });
}

function isContiguous(shape: Shape, strides: Shape): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}

/** Elements out of `span`, whose first is the first element, block by block in row-major order. */
function* gather(
  span: Uint8Array,
  elementBytes: number,
  shape: Shape,
  strides: Shape,
  count: number,
): Generator<Uint8Array> {
  // Whole words move faster than bytes; 8-byte elements move as two words.
  const wordBytes = Math.min(elementBytes, 4);
  const wordsPerElement = elementBytes / wordBytes;
  const dtype = wordBytes === 4 ? 'int32' : wordBytes === 2 ? 'int16' : 'uint8';
  const words = bytesToElements(dtype, span);
  const rank = shape.length; // at least 1: a scalar is contiguous
  const index = new Array<number>(rank).fill(0);
  const innerSize = shape[rank - 1]!;
  const innerStride = strides[rank - 1]! * wordsPerElement;
  let rowStart = 0; // of the innermost row, in words
  let inner = 0;

  for (let left = count; left > 0; ) {
    const elements = Math.min(left, Math.floor(blockBytes / elementBytes));
    const block = new Uint8Array(elements * elementBytes);
    const target = bytesToElements(dtype, block);
    for (let written = 0; written < elements; ) {
      const run = Math.min(innerSize - inner, elements - written);
      let from = rowStart + inner * innerStride;
      let to = written * wordsPerElement;
      for (let step = 0; step < run; step++, from += innerStride) {
        for (let word = 0; word < wordsPerElement; word++) target[to++] = words[from + word]!;
      }
      written += run;
      inner += run;
      if (inner < innerSize) break;
      inner = 0;
      // On to the next innermost row: count up the outer axes.
      for (let axis = rank - 2; axis >= 0; axis--) {
        rowStart += strides[axis]! * wordsPerElement;
        if (++index[axis]! < shape[axis]!) break;
        rowStart -= shape[axis]! * strides[axis]! * wordsPerElement;
        index[axis] = 0;
      }
    }
    left -= elements;
    yield block;
  }
}
