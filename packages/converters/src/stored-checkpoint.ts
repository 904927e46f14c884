// Safetensors behind the checkpoint interface, so that what converts PyTorch files converts them too.

import { byteLength, type Shape, type StoredTensor } from '@audiozoo/core';
import { CheckedRange, sourceBlocks, verifyAll } from './byte-range.js';
import type { Checkpoint, CheckpointTensor } from './checkpoint.js';
import { quote } from './refusal.js';
import { stridedTensor } from './strided-tensor.js';

export function storedCheckpoint(stored: ReadonlyMap<string, StoredTensor>): Checkpoint {
  const ranges: CheckedRange[] = [];
  const tensors = new Map<string, CheckpointTensor>();
  for (const [name, { dtype, shape, source, offset }] of stored) {
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
