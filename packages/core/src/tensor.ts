import type { DType, DTypeArrays } from './dtype.js';
import { allocate } from './dtype.js';
import { AudiozooError } from './errors.js';
import { bfloat16ToNumber, float16ToNumber, numberToBfloat16, numberToFloat16 } from './half.js';
import { elementCount, formatShape, type Shape } from './shape.js';

/** A tensor in host memory: what goes into a model and what comes out. Row-major. */
export type Tensor<D extends DType = DType> = {
  [K in D]: { readonly dtype: K; readonly shape: Shape; readonly data: DTypeArrays[K] };
}[D];

/** A tensor record, after checking that `data` holds as many elements as `shape` says. */
export function tensor<D extends DType>(dtype: D, shape: Shape, data: DTypeArrays[D]): Tensor<D> {
  if (data.length !== elementCount(shape)) {
    throw new AudiozooError({
      code: 'shape',
      what: `tensor data do not fit shape ${formatShape(shape)}`,
      expected: `${elementCount(shape)} elements`,
      got: `${data.length}`,
      mend: 'Pass data of the length that the shape says.',
    });
  }
  return { dtype, shape, data } as unknown as Tensor<D>;
}

/**
 * The same values in another dtype. Floating-point narrowing rounds to nearest even as PyTorch does;
 * float → integer truncates. Same dtype: the same tensor, not a copy.
 */
export function castTensor<D extends DType>(source: Tensor, dtype: D): Tensor<D> {
  if (source.dtype === dtype) return source as unknown as Tensor<D>;
  const data = allocate(dtype, source.data.length);
  const read = reader(source);
  const write = writer(dtype, data);
  for (let index = 0; index < source.data.length; index++) write(index, read(index));
  return tensor(dtype, source.shape, data);
}

/** A tensor's values as float32, whatever they are stored as. */
export function toFloat32(source: Tensor): Float32Array {
  return castTensor(source, 'float32').data;
}

function reader(source: Tensor): (index: number) => number {
  const { data } = source;
  if (source.dtype === 'float16') return (index) => float16ToNumber(data[index] as number);
  if (source.dtype === 'bfloat16') return (index) => bfloat16ToNumber(data[index] as number);
  return (index) => Number(data[index]);
}

function writer<D extends DType>(dtype: D, target: DTypeArrays[D]): (index: number, value: number) => void {
  const data = target as { [index: number]: number | bigint };
  const set = (convert: (value: number) => number | bigint) => (index: number, value: number) => {
    data[index] = convert(value);
  };
  if (dtype === 'float16') return set(numberToFloat16);
  if (dtype === 'bfloat16') return set(numberToBfloat16);
  if (dtype === 'int64') return set((value) => BigInt(Math.trunc(value)));
  if (dtype === 'bool') return set((value) => (value === 0 ? 0 : 1));
  return set((value) => value);
}
