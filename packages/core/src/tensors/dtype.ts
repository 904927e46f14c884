// Element types as safetensors, PyTorch and ONNX know them. The two 16-bit floats have no typed array
// in every runtime, so their elements travel as raw bits in a Uint16Array (see half.ts).

/** Arrays that hold the elements of each dtype. `float16` and `bfloat16` are raw bits. */
export interface DTypeArrays {
  float64: Float64Array;
  float32: Float32Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int64: BigInt64Array;
  int32: Int32Array;
  int16: Int16Array;
  int8: Int8Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}

export type DType = keyof DTypeArrays;

type DTypeArrayConstructor<D extends DType> = {
  new (length: number): DTypeArrays[D];
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): DTypeArrays[D];
  readonly BYTES_PER_ELEMENT: number;
};

const arrays: { [D in DType]: DTypeArrayConstructor<D> } = {
  float64: Float64Array,
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

export const dtypes = Object.keys(arrays) as readonly DType[];

/** Bytes that one element takes. */
export function bytesPerElement(dtype: DType): number {
  return arrays[dtype].BYTES_PER_ELEMENT;
}

/** A zeroed array for `length` elements. */
export function allocate<D extends DType>(dtype: D, length: number): DTypeArrays[D] {
  return new arrays[dtype](length);
}

/** Little-endian bytes as elements: a view where the bytes are aligned, a copy where they are not. */
export function bytesToElements<D extends DType>(dtype: D, bytes: Uint8Array): DTypeArrays[D] {
  const size = bytesPerElement(dtype);
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes); // a Buffer's slice is a view
  return new arrays[dtype](aligned.buffer, aligned.byteOffset, aligned.byteLength / size);
}
