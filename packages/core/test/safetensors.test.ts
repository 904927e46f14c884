// Hostile and damaged safetensors headers. What sound files hold is tested where they are written.

import { AudiozooError, bytesSource, readSafetensors, readTensor } from '@audiozoo/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** A file of this header text (or object) and `dataBytes` bytes of data. */
function file(header: string | object, dataBytes = 0, declared?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, declared ?? BigInt(text.length), true);
  bytes.set(text, 8);
  for (let index = 0; index < dataBytes; index++) bytes[8 + text.length + index] = index;
  return bytes;
}

const entry = (shape: unknown, data_offsets: unknown, dtype: unknown = 'U8') => ({
  dtype,
  shape,
  data_offsets,
});
const read = (bytes: Uint8Array) => readSafetensors(bytesSource(bytes, 'model.safetensors'));

test('a sound file gives tensors by name, and its metadata', async () => {
  const header = { __metadata__: { format: 'pt' }, b: entry([2], [1, 3]), a: entry([], [0, 1]) };
  const { tensors, metadata } = await read(file(header, 3));
  expect(metadata).toEqual({ format: 'pt' });
  expect([...(await readTensor(tensors.get('b')!)).data]).toEqual([1, 2]);
  expect([...(await readTensor(tensors.get('a')!)).data]).toEqual([0]);
});

test('names with escapes are told apart', async () => {
  const names = ['a\\', 'a\\\\', '"', '""', '\\"', '{', ',', 'é', '__proto__'];
  const fields = names.map(
    (name, index) => `${JSON.stringify(name)}:${JSON.stringify(entry([1], [index, index + 1]))}`,
  );
  const { tensors } = await read(file(`{${fields.join(',')}}`, names.length));
  expect([...tensors.keys()]).toEqual(names);
  expect(({} as Record<string, unknown>).dtype).toBeUndefined();
});

const one = JSON.stringify(entry([1], [0, 1]));
const deep = 100_000;

const hostile: readonly [string, Uint8Array, RegExp][] = [
  ['an empty file', new Uint8Array(0), /ends before its header/],
  ['seven bytes', new Uint8Array(7), /ends before its header/],
  ['a header longer than the file', file('{}', 0, 3n), /longer than allowed/],
  ['a header of 2^64 bytes', file('{}', 0, 2n ** 64n - 1n), /longer than allowed/],
  ['a header that is not JSON', file('{"a":'), /not JSON/],
  [
    'a header that is not UTF-8',
    file('{"\u0000"}').map((byte) => (byte === 0 ? 0xff : byte)),
    /longer|not JSON/,
  ],
  ['a byte order mark', file('\ufeff{}'), /not JSON/],
  ['white space before the header', file(' {}'), /not an object/],
  ['a list for a header', file([]), /not an object/],
  ['an entry that is no object', file({ a: 1 }), /entry "a" is not an object/],
  ['metadata that is no text', file({ __metadata__: { a: 1 } }), /not a record of strings/],
  ['an unknown dtype', file({ a: entry([1], [0, 1], 'Q4') }, 1), /unknown dtype/],
  ['a dtype named as a method', file({ a: entry([1], [0, 1], 'toString') }, 1), /unknown dtype/],
  [
    'a dtype that is a nest of lists',
    file(`{"a":{"dtype":${'['.repeat(9)}${']'.repeat(9)}}}`),
    /unknown dtype/,
  ],
  [
    'a dtype that is an endless nest of lists',
    file(`{"a":{"dtype":${'['.repeat(deep)}${']'.repeat(deep)}}}`),
    /too deep/,
  ],
  ['a negative size', file({ a: entry([-1], [0, 1]) }, 1), /no valid shape/],
  ['a size that is a fraction', file({ a: entry([0.5], [0, 1]) }, 1), /no valid shape/],
  ['a size that is text', file({ a: entry(['1'], [0, 1]) }, 1), /no valid shape/],
  ['a shape of 65 sizes', file({ a: entry(new Array(65).fill(1), [0, 1]) }, 1), /no valid shape/],
  [
    'a shape that is a nest of lists',
    file(`{"a":{"dtype":"U8","shape":${'['.repeat(9)}${']'.repeat(9)}}}`),
    /no valid shape/,
  ],
  [
    'a shape that is an endless nest of lists',
    file(`{"a":{"dtype":"U8","shape":${'['.repeat(deep)}${']'.repeat(deep)}}}`),
    /too deep/,
  ],
  ['a shape that overflows', file({ a: entry([2 ** 53 - 1, 2 ** 53 - 1], [0, 1]) }, 1), /does not fill/],
  [
    'a shape that overflows to infinity',
    file({ a: entry([...new Array(63).fill(2 ** 52), 0], [0, 0]) }),
    /does not fill/,
  ],
  ['offsets in reverse', file({ a: entry([1], [1, 0]) }, 1), /does not fill/],
  ['three offsets', file({ a: entry([1], [0, 1, 2]) }, 1), /no valid data_offsets/],
  ['negative offsets', file({ a: entry([1], [-1, 0]) }, 1), /no valid data_offsets/],
  ['a range of the wrong size', file({ a: entry([2], [0, 1]) }, 1), /does not fill/],
  ['a tensor behind the file', file({ a: entry([2], [0, 2]) }, 1), /ends behind the file/],
  ['an overlap', file({ a: entry([2], [0, 2]), b: entry([2], [1, 3]) }, 3), /overlaps another/],
  [
    'two names for the same bytes',
    file({ a: entry([2], [0, 2]), b: entry([2], [0, 2]) }, 2),
    /overlaps another/,
  ],
  ['a gap', file({ a: entry([1], [0, 1]), b: entry([1], [2, 3]) }, 3), /leaves a gap/],
  ['a gap at the start', file({ a: entry([1], [1, 2]) }, 2), /leaves a gap/],
  ['bytes behind the last tensor', file({ a: entry([1], [0, 1]) }, 2), /longer than its tensors/],
  ['a name that stands twice', file(`{"a":${one},"a":${one}}`, 1), /"a" stands twice/],
  ['a name that stands twice, once escaped', file(`{"a":${one},"\\u0061":${one}}`, 1), /"a" stands twice/],
  [
    'a name behind escapes that stands twice',
    file(`{"\\\\\\"":${one},"b\\\\":${one},"b\\\\":${one}}`, 1),
    /stands twice/,
  ],
  ['a key that stands twice in an entry', file('{"a":{"dtype":"U8","dtype":"U8"}}'), /"dtype" stands twice/],
  ['a very long name', file({ ['n'.repeat(100_000)]: 1 }), /a name that begins with "n{40}"/],
  ['a long name', file({ ['n'.repeat(1000)]: 1 }), /entry "n{100}…" is not an object/],
];

describe.each(hostile)('%s', (_, bytes, why) => {
  test('is refused with the reason', async () => {
    const error = await read(bytes).catch((reason: unknown) => reason);
    expect(AudiozooError.isInstance(error, 'safetensors')).toBe(true);
    expect((error as Error).message).toMatch(why);
    expect((error as Error).message.length).toBeLessThan(600);
  });
});

test('nothing is read beyond the header before all of it is checked', async () => {
  const bytes = file({ a: entry([1], [0, 1]) }, 1);
  const inner = bytesSource(bytes);
  let furthest = 0;
  const source = {
    ...inner,
    async read(offset: number, length: number) {
      furthest = Math.max(furthest, offset + length);
      return inner.read(offset, length);
    },
  };
  await readSafetensors(source);
  expect(furthest).toBe(bytes.length - 1);
});

test('any change to a sound file reads or is refused by an AudiozooError', async () => {
  const sound = file(
    { __metadata__: { format: 'pt' }, a: entry([1, 2], [0, 2]), 'b"': entry([1], [2, 4], 'F16') },
    4,
  );
  const changes = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(changes, fc.nat(sound.length), async (edits, length) => {
      const bytes = sound.slice();
      for (const [at, value] of edits) bytes[at] = value;
      for (const candidate of [bytes, bytes.subarray(0, length)]) {
        try {
          for (const stored of (await read(candidate)).tensors.values()) await readTensor(stored);
        } catch (error) {
          if (!AudiozooError.isInstance(error)) throw error;
        }
      }
    }),
    { numRuns: 500 },
  );
});
