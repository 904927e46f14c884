// NumPy's .npy: how arrays travel between this project and Python. The header is a Python dictionary
// literal; it is matched against the one form that NumPy writes, never evaluated, and every size is
// checked against the file before anything is allocated.

import { quote } from '../checks/quote.js';
import { AudiozooError, refusing } from '../errors.js';
import { bytesPerElement, bytesToElements, type DType } from './dtype.js';
import { elementCount, formatShape, type Shape } from './shape.js';
import { type Tensor, tensor } from './tensor.js';

const descriptors = new Map<string, DType>([
  ['<f8', 'float64'],
  ['<f4', 'float32'],
  ['<f2', 'float16'],
  ['<i8', 'int64'],
  ['<i4', 'int32'],
  ['|u1', 'uint8'],
  ['|b1', 'bool'],
]);

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
/** Data start at a multiple of this, so that arrays can be mapped. */
const alignment = 64;
/** NumPy refuses longer headers unless told otherwise. */
const maxHeaderBytes = 10_000;

const refuse = refusing('file', 'not a readable .npy file:', {
  hint: 'Write it again with numpy.save, as little-endian float32 in C order.',
});

/** As many as NumPy itself allows. */
const maxRank = 64;

const headerForm =
  /^\{\s*'descr':\s*'([^']*)',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d,\s]*)\),?\s*\}\s*$/;

/**
 * Reads a .npy file (format 1.0 or 2.0, C order, little endian): float64, float32, float16, int64, int32, uint8,
 * bool.
 * Throws a `file` error on anything else, and when the data are shorter or longer than the shape says.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function readNpy(bytes: Uint8Array): Tensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 12 || magic.some((byte, index) => bytes[index] !== byte)) {
    throw refuse('it does not start as one', { expected: '\\x93NUMPY', got: `${bytes.byteLength} bytes` });
  }
  const version = bytes[6];
  if (version !== 1 && version !== 2) {
    throw refuse('its format is unknown', { expected: 'version 1 or 2', got: `${version}` });
  }
  const headerStart = version === 1 ? 10 : 12;
  const headerBytes = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataStart = headerStart + headerBytes;
  if (headerBytes > maxHeaderBytes || dataStart > bytes.byteLength) {
    throw refuse('its header is longer than allowed', {
      expected: `at most ${Math.min(maxHeaderBytes, bytes.byteLength - headerStart)} bytes`,
      got: `${headerBytes}`,
    });
  }

  const header = new TextDecoder('latin1').decode(bytes.subarray(headerStart, dataStart));
  const match = headerForm.exec(header);
  if (!match) throw refuse('its header is damaged', { got: quote(header) });
  const [, descriptor, fortranOrder, sizes] = match as unknown as [string, string, string, string];
  const dtype = descriptors.get(descriptor);
  if (!dtype) {
    throw refuse('its dtype is not supported', {
      expected: [...descriptors.keys()].join(', '),
      got: quote(descriptor),
    });
  }
  if (fortranOrder === 'True') {
    throw refuse('it is in Fortran order', { expected: 'C order: save numpy.ascontiguousarray(array)' });
  }

  const shape = readShape(sizes);
  if (shape.length > maxRank) {
    throw refuse('its shape has too many axes', { expected: `at most ${maxRank}`, got: `${shape.length}` });
  }
  const dataBytes = elementCount(shape) * bytesPerElement(dtype);
  if (dataBytes !== bytes.byteLength - dataStart) {
    throw refuse(`its data do not fit shape ${formatShape(shape)}`, {
      expected: `${dataBytes} bytes`,
      got: `${bytes.byteLength - dataStart}`,
    });
  }
  return tensor(dtype, shape, bytesToElements(dtype, bytes.subarray(dataStart)));
}

/**
 * A tensor as a .npy file, format 1.0. Throws an `argument` error for dtypes that NumPy lacks or that
 * `readNpy` does not read: cast to float32 first.
 */
export function writeNpy({ dtype, shape, data }: Tensor): Uint8Array {
  const descriptor = [...descriptors].find(([, ours]) => ours === dtype)?.[0];
  if (!descriptor) {
    throw new AudiozooError({
      code: 'argument',
      what: `${dtype} cannot be written to .npy`,
      expected: [...descriptors.values()].join(', '),
      hint: 'Cast the tensor to float32 first.',
    });
  }
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${descriptor}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const dataStart = Math.ceil((10 + header.length + 1) / alignment) * alignment;

  const bytes = new Uint8Array(dataStart + data.byteLength);
  bytes.set([...magic, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, dataStart - 10, true);
  bytes.set(new TextEncoder().encode(`${header.padEnd(dataStart - 11)}\n`), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataStart);
  return bytes;
}

function readShape(text: string): Shape {
  // One trailing comma is how Python writes a tuple of one.
  const items = text.trim().replace(/,$/, '');
  const shape = items === '' ? [] : items.split(',').map((item) => (item.trim() ? Number(item) : Number.NaN));
  if (shape.every(Number.isSafeInteger)) return shape;
  throw refuse('its shape is damaged', { got: quote(`(${text})`) });
}
