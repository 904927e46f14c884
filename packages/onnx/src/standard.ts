// What the ONNX standard calls things, and what lies beyond it.

import type { DType } from '@audiozoo/core';

/**
 * `fused`: onnxruntime's own kernels where they are faster (domain com.microsoft). `stock`: only what
 * the ONNX standard defines, which every runtime reads.
 */
export type Operators = 'fused' | 'stock';

/** Microsoft's operators, as they stand in opset imports. */
export const microsoftDomain = 'com.microsoft';

/** `TensorProto.DataType` of each dtype. */
export const onnxDType: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
};
