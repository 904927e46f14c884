import { AudiozooError } from '../errors.js';
import type { DType, DTypeArrays } from './dtype.js';
import { allocate } from './dtype.js';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './half.js';
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
      hint: 'Pass data of the length that the shape says.',
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
  return tensor(dtype, source.shape, fromNumbers(dtype, toNumbers(source)));
}

/** A tensor's values as float32, whatever they are stored as. */
export function toFloat32(source: Tensor): Float32Array {
  return castTensor(source, 'float32').data;
}

type Numbers = Exclude<DTypeArrays[DType], BigInt64Array>;

/** A tensor's elements as numbers, no longer as bits. */
function toNumbers(source: Tensor): Numbers {
  if (source.dtype === 'float16') return float16ToFloat32(source.data);
  if (source.dtype === 'bfloat16') return bfloat16ToFloat32(source.data);
  if (source.dtype === 'int64') return Float64Array.from(source.data, Number);
  return source.data;
}

function fromNumbers<D extends DType>(dtype: D, values: Numbers): DTypeArrays[D];
function fromNumbers(dtype: DType, values: Numbers): DTypeArrays[DType] {
  if (dtype === 'float16') return float32ToFloat16(toFloat32Array(values));
  if (dtype === 'bfloat16') return float32ToBfloat16(toFloat32Array(values));
  if (dtype === 'float32') return toFloat32Array(values);
  const data = allocate(dtype, values.length);
  if (data instanceof BigInt64Array) {
    for (let index = 0; index < values.length; index++) data[index] = BigInt(Math.trunc(values[index]!));
  } else if (dtype === 'bool') {
    for (let index = 0; index < values.length; index++) data[index] = values[index] === 0 ? 0 : 1;
  } else {
    data.set(values);
  }
  return data;
}

function toFloat32Array(values: Numbers): Float32Array {
  return values instanceof Float32Array ? values : new Float32Array(values);
}
