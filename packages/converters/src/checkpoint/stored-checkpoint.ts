// Safetensors behind the checkpoint interface, so that what converts PyTorch files converts them too.

import type { ByteSource, Shape, StoredTensor } from '@audiozoo/core';
import { byteLength, rest, sourceBlocks } from '@audiozoo/core/plugin';
import { CheckedRange, manyRanges, readingAhead, verifyAll } from '../pytorch/byte-range.js';
import { stridedTensor } from '../pytorch/strided-tensor.js';
import { quote } from '../refusal.js';
import type { Checkpoint, CheckpointTensor } from './checkpoint.js';

export async function storedCheckpoint(
  stored: ReadonlyMap<string, StoredTensor>,
  signal?: AbortSignal,
): Promise<Checkpoint> {
  const ranges: CheckedRange[] = [];
  const tensors = new Map<string, CheckpointTensor>();
  const ahead = new Map<ByteSource, ByteSource>();
  for (const [name, { dtype, shape, source: file, offset }] of stored) {
    await rest(signal);
    const source = stored.size > manyRanges ? (ahead.get(file) ?? readingAhead(file)) : file;
    ahead.set(file, source);
    const size = byteLength({ dtype, shape });
    const storage = new CheckedRange({
      name: `${source.name}: ${quote(name)}`,
      size,
      position: offset,
      checksum: undefined,
      blocks: (from, to, signal) => sourceBlocks(source, offset + from, offset + to, signal),
    });
    ranges.push(storage);
    const strides = rowMajorStrides(shape);
    tensors.set(
      name,
      stridedTensor({ name, storage, dtype, shape, strides, storageOffset: 0, byteOffset: 0 }),
    );
  }
  return { format: 'safetensors', tensors, verify: (options) => verifyAll(ranges, options) };
}

function rowMajorStrides(shape: Shape): Shape {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}
