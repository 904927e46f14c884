import { AudiozooError, readNpy, type Tensor, tensor, writeNpy } from '@audiozoo/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const tensors: readonly Tensor[] = [
  tensor('float64', [2, 3], Float64Array.of(0.1, -2, 3e300, Number.NaN, 0, -0)),
  tensor('float32', [2, 1, 2], Float32Array.of(0.5, -1, 3, Number.POSITIVE_INFINITY)),
  tensor('int64', [3], BigInt64Array.of(1n, -(2n ** 63n), 2n ** 62n)),
  tensor('int32', [2], Int32Array.of(-1, 2 ** 31 - 1)),
  tensor('uint8', [4], Uint8Array.of(0, 1, 2, 255)),
  tensor('bool', [2], Uint8Array.of(1, 0)),
  tensor('float32', [], Float32Array.of(7)),
  tensor('float32', [0, 128], new Float32Array(0)),
];

/** As `numpy.save` lays a file out, with whatever header a test wants. */
function npy(header: string, data = new Uint8Array(0), version = 1): Uint8Array {
  const start = version === 1 ? 10 : 12;
  const bytes = new Uint8Array(start + header.length + data.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(bytes.buffer);
  if (version === 1) view.setUint16(8, header.length, true);
  else view.setUint32(8, header.length, true);
  bytes.set(new TextEncoder().encode(header), start);
  bytes.set(data, start + header.length);
  return bytes;
}

function refusal(bytes: Uint8Array): string {
  try {
    readNpy(bytes);
  } catch (error) {
    if (AudiozooError.isInstance(error, 'file')) return error.message;
    throw error;
  }
  throw new Error('was not refused');
}

describe('npy', () => {
  test.each(tensors)('writes $dtype $shape and reads the same back', (original) => {
    expect(readNpy(writeNpy(original))).toEqual(original);
  });

  test('writes the very bytes that numpy.save writes', () => {
    // numpy.save(file, numpy.array([[1, 2, 3]], dtype='float32'))
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }".padEnd(117);
    const expected = npy(`${header}\n`, new Uint8Array(Float32Array.of(1, 2, 3).buffer));
    expect(writeNpy(tensor('float32', [1, 3], Float32Array.of(1, 2, 3)))).toEqual(expected);
  });

  test('reads version 2 and unaligned bytes', () => {
    const file = npy(
      "{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }\n",
      Uint8Array.of(5, 0, 0, 0),
      2,
    );
    const shifted = new Uint8Array(file.length + 1);
    shifted.set(file, 1);
    expect(readNpy(shifted.subarray(1))).toEqual(tensor('int32', [1], Int32Array.of(5)));
  });

  test.each([
    ['another file', new TextEncoder().encode('{"not": "npy at all"}'), /does not start as one/],
    ['an unknown version', npy('', new Uint8Array(9), 3), /version 1 or 2/],
    ['a header that runs past the end', npy('{}', undefined, 1).with(8, 200), /longer than allowed/],
    ['objects', npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"), /dtype/],
    ['big endian', npy("{'descr': '>f4', 'fortran_order': False, 'shape': (0,), }"), /dtype/],
    ['Fortran order', npy("{'descr': '<f4', 'fortran_order': True, 'shape': (0,), }"), /Fortran/],
    ['a damaged shape', npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,,2), }"), /shape/],
    [
      'more elements than bytes',
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }"),
      /99999999999/,
    ],
    [
      'bytes left over',
      npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", new Uint8Array(2)),
      /1 bytes, got 2/,
    ],
  ])('refuses %s', (_, bytes, reason) => {
    expect(refusal(bytes)).toMatch(reason);
  });

  test('refuses a bfloat16 tensor, which NumPy does not have', () => {
    expect(() => writeNpy(tensor('bfloat16', [1], Uint16Array.of(1)))).toThrow(/bfloat16 cannot be written/);
  });

  test('answers damaged files with typed errors only', () => {
    const whole = writeNpy(tensor('float32', [2, 2], Float32Array.of(1, 2, 3, 4)));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, value, length) => {
        const damaged = whole.with(at, value).subarray(0, length);
        try {
          readNpy(damaged);
        } catch (error) {
          expect(AudiozooError.isInstance(error, 'file')).toBe(true);
        }
      }),
    );
  });
});
