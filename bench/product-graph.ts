// An .onnx file with one product of two square matrices, the second a constant: what onnxruntime multiplies fastest.
// Of integers it is uint8 by int8, signed, which runs twice as fast as unsigned weights do.

import {
  integerField,
  lengthPrefix,
  messageField,
  textField,
  toUint8Array,
} from '../packages/onnx/src/protobuf.js';

const size = 2048;

/** Multiplications and additions in one run. */
export const productOperations = 2 * size ** 3;

/** Numbers of types in onnx.proto. */
const types = { float32: 1, uint8: 2, int8: 3, int32: 6 } as const;

export function productGraph(integers: boolean): Uint8Array {
  const weights = integers
    ? Int8Array.from({ length: size * size }, (_, index) => (index % 255) - 127)
    : Float32Array.from({ length: size * size }, (_, index) => ((index % 255) - 127) / 128);
  const bytes = new Uint8Array(weights.buffer);

  const node =
    textField(1, 'x') +
    textField(1, 'w') +
    textField(2, 'y') +
    textField(4, integers ? 'MatMulInteger' : 'MatMul');
  const dimension = messageField(1, integerField(1, size));
  const value = (name: string, type: number) =>
    textField(1, name) +
    messageField(2, messageField(1, integerField(1, type) + messageField(2, dimension + dimension)));
  const initializer =
    integerField(1, size) +
    integerField(1, size) +
    integerField(2, integers ? types.int8 : types.float32) +
    textField(8, 'w') +
    lengthPrefix(9, bytes.length);
  const rest =
    messageField(1, node) +
    textField(2, 'product') +
    messageField(11, value('x', integers ? types.uint8 : types.float32)) +
    messageField(12, value('y', integers ? types.int32 : types.float32)) +
    lengthPrefix(5, initializer.length + bytes.length) +
    initializer; // the weights' bytes follow, and end the file
  const head =
    integerField(1, 9) + // IR version
    messageField(8, integerField(2, 20)) + // opset
    lengthPrefix(7, rest.length + bytes.length) +
    rest;
  return Buffer.concat([toUint8Array(head), bytes]);
}
