// A view of a storage, read as PyTorch's `contiguous()` would give it.

import { AudiozooError, type DType, type Shape, type Tensor, tensor } from '@audiozoo/core';
import {
  type Budget,
  blockBytes,
  byteLength,
  bytesPerElement,
  bytesToElements,
  concatenate,
  elementCount,
  formatShape,
  rest,
} from '@audiozoo/core/plugin';
import type { CheckpointTensor, ReadOptions, Rows } from '../checkpoint/checkpoint.js';
import { quote, refusal } from '../refusal.js';
import type { CheckedRange } from './byte-range.js';
import type { PickleTensor } from './pickle-value.js';

/**
 * Views may share storages (tied weights) and repeat them (stride 0). All that are read may together be the first of
 * these, and the second times what is stored.
 */
const harmlessRepeatedBytes = 64_000_000;
const mostRepeated = 8;

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

/** What the views of a checkpoint may still come to, in bytes. */
interface Repetition {
  left: number;
}

/** The tensor of a view that lies inside its storage. */
export function stridedTensor(view: StridedView, repetition?: Repetition): CheckpointTensor {
  const { name, storage, dtype, shape, strides, storageOffset } = view;
  const elementBytes = bytesPerElement(dtype);
  const byteOffset = view.byteOffset + storageOffset * elementBytes;
  let isCounted = repetition === undefined;

  /** Each tensor counts once, however often it is read. */
  const countRepetition = () => {
    if (isCounted) return;
    if (byteLength(view) > repetition!.left) {
      throw refusal(storage.range.name, `holds a tensor that repeats itself: ${quote(name)}`, {
        expected: `tensors of hardly more than the ${storage.range.size} bytes that are stored`,
        got: `${byteLength(view)} bytes, after others`,
        hint: 'In Python, save it without expand().',
      });
    }
    isCounted = true;
    repetition!.left -= byteLength(view);
  };

  async function* chunks({ rows, signal }: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    const part = selectRows(name, shape, rows);
    const count = elementCount(part.shape);
    if (count === 0) return;
    countRepetition();
    const start = byteOffset + part.start * (strides[0] ?? 0) * elementBytes;
    if (isContiguous(part.shape, strides)) {
      yield* storage.blocks(start, start + count * elementBytes, signal);
      return;
    }
    const last = part.shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, 0);
    const span = await storage.read(start, start + (last + 1) * elementBytes, signal);
    const axes = part.shape.flatMap((size, axis) => (size === 1 ? [] : [{ size, stride: strides[axis]! }]));
    for (const block of gather(span, elementBytes, axes, count)) {
      await rest(signal);
      yield block;
    }
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

/** A pickle's tensors, by their names. Reading them throws once they are far more than what is stored. */
export async function viewTensors(
  views: ReadonlyMap<string, PickleTensor>,
  storages: ReadonlyMap<string, CheckedRange>,
  budget: Budget,
): Promise<Map<string, CheckpointTensor>> {
  const tensors = new Map<string, CheckpointTensor>();
  const repetition = { left: harmlessRepeatedBytes };
  for (const { range } of storages.values()) repetition.left += mostRepeated * range.size;
  for (const [name, view] of views) {
    await budget.rest();
    const storage = storages.get(view.storage.key)!;
    const byteOffset = view.storage.byteOffset;
    tensors.set(name, stridedTensor({ ...view, name, storage, byteOffset }, repetition));
  }
  return tensors;
}

/** Chunks of whole elements → a tensor. */
async function readWhole(dtype: DType, shape: Shape, chunks: AsyncIterable<Uint8Array>): Promise<Tensor> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of chunks) pieces.push(chunk);
  const bytes = concatenate(Uint8Array, pieces); // its own memory: a chunk may be a view of the whole file
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

/**
 * Elements out of `span`, whose first is the first element, block by block in row-major order. `axes` are those of
 * more than one: 64 of one each would be counted through for every element.
 */
function* gather(
  span: Uint8Array,
  elementBytes: number,
  axes: readonly { readonly size: number; readonly stride: number }[],
  count: number,
): Generator<Uint8Array> {
  // Whole words move faster than bytes; 8-byte elements move as two words.
  const wordBytes = Math.min(elementBytes, 4);
  const wordsPerElement = elementBytes / wordBytes;
  const dtype = wordBytes === 4 ? 'int32' : wordBytes === 2 ? 'int16' : 'uint8';
  const words = bytesToElements(dtype, span);
  const last = axes.length - 1; // there is one: a single element is contiguous
  const index = new Array<number>(axes.length).fill(0);
  const innerSize = axes[last]!.size;
  const innerStride = axes[last]!.stride * wordsPerElement;
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
      for (let axis = last - 1; axis >= 0; axis--) {
        const { size, stride } = axes[axis]!;
        rowStart += stride * wordsPerElement;
        if (++index[axis]! < size) break;
        rowStart -= size * stride * wordsPerElement;
        index[axis] = 0;
      }
    }
    left -= elements;
    yield block;
  }
}
