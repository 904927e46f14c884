// Weights as int8: a quarter of the bytes, and integers multiply faster than floats. Each output channel has a
// scale of its own, because one large weight would else coarsen all the others; and zero stays zero, so that
// a product of integers needs no correction for the weights.

import { AudiozooError } from '../errors.js';
import { elementCount } from '../tensors/shape.js';
import { type Tensor, tensor, toFloat32 } from '../tensors/tensor.js';

/** The largest magnitude; −128 stays unused, so that the range is symmetric. */
const largest = 127;
/** Below it float32 is no longer precise to 24 bits. */
const smallestStep = 2 ** -126;

/** A weight [out, in]: row i of `integers` × `scale[i]`. */
export interface QuantizedWeight {
  readonly integers: Tensor<'int8'>; // [out, in]
  readonly scale: Tensor<'float32'>; // [out]
}

/** The name under which an int8 weight's scales are stored. */
export function scaleName(weight: string): string {
  return `${weight}_scale`;
}

/**
 * Rounds a weight [out, in] to int8, symmetrically for each output channel: no value moves by more than half a
 * step of its channel's scale. Throws a `weights` error on values that are not finite.
 */
export function quantize(weight: Tensor, name = 'the weight'): QuantizedWeight {
  const [rows = 1] = weight.shape;
  const columns = elementCount(weight.shape) / rows;
  const values = toFloat32(weight);
  const integers = new Int8Array(values.length);
  const scale = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const [start, end] = [row * columns, (row + 1) * columns];
    let peak = 0;
    for (let index = start; index < end; index++) {
      peak = Math.max(peak, Math.abs(values[index]!)); // NaN stays, whatever follows it
    }
    if (!Number.isFinite(peak)) throw notFinite(name, row);
    scale[row] = peak / largest < smallestStep ? 1 : peak / largest; // 1: it is as good as zero
    const step = scale[row]!; // as it is stored
    for (let index = start; index < end; index++) integers[index] = Math.round(values[index]! / step);
  }
  return { integers: tensor('int8', weight.shape, integers), scale: tensor('float32', [rows], scale) };
}

/** The floats that a quantized weight stands for. */
export function dequantize({ integers, scale }: QuantizedWeight): Tensor<'float32'> {
  const columns = elementCount(integers.shape) / elementCount(scale.shape);
  const values = Float32Array.from(integers.data);
  scale.data.forEach((step, row) => {
    for (let index = row * columns; index < (row + 1) * columns; index++) values[index]! *= step;
  });
  return tensor('float32', integers.shape, values);
}

function notFinite(name: string, row: number): AudiozooError {
  return new AudiozooError({
    code: 'weights',
    what: `${name} cannot be quantized: row ${row} holds values that are not finite`,
    hint: 'Check the checkpoint: its training may have diverged.',
  });
}
