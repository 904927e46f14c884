// Numbers that are random in look and the same everywhere, so that a failing case fails again.

import { elementCount, type Shape } from '../tensors/shape.js';
import { type Tensor, tensor } from '../tensors/tensor.js';

/** A source of numbers. */
export type Random = () => number;

/** Uniform numbers in [0, 1) from a seed: mulberry32. */
export function uniformRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normal numbers of mean 0 and variance 1 from a seed: Box and Muller's transform. */
export function normalRandom(seed: number): Random {
  const uniform = uniformRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** A float32 tensor of normal numbers times `scale`, the same for the same seed and shape. */
export function randomTensor(shape: Shape, seed: number, scale = 1): Tensor<'float32'> {
  const normal = normalRandom(seed);
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length: elementCount(shape) }, () => normal() * scale),
  );
}

/** An int64 tensor of whole numbers from 0 up to `below`, the first the largest, the same for the same seed and shape. */
export function randomIds(shape: Shape, seed: number, below: number): Tensor<'int64'> {
  const uniform = uniformRandom(seed);
  const ids = Array.from({ length: elementCount(shape) }, (_, index) =>
    BigInt(index === 0 ? below - 1 : Math.floor(uniform() * below)),
  );
  return tensor('int64', shape, BigInt64Array.from(ids));
}
