import { bytesSource, type DType, readSafetensors, readTensor } from '@audiozoo/core';
import { expect, test } from 'vitest';
import { type SafetensorsEntry, writeSafetensors } from '../src/plugin.js';

async function write(entries: readonly SafetensorsEntry[]): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const sink = { write: async (bytes: Uint8Array) => void pieces.push(bytes), close: async () => {} };
  const size = await writeSafetensors(sink, entries);
  const file = new Uint8Array(Buffer.concat(pieces));
  expect(file.length).toBe(size);
  return file;
}

function entry(name: string, dtype: DType, shape: number[], ...pieces: number[][]): SafetensorsEntry {
  return {
    name,
    dtype,
    shape,
    async *chunks() {
      for (const piece of pieces) yield Uint8Array.from(piece);
    },
  };
}

test('reads back, in chunks of any size, under any name, with an empty and a scalar tensor', async () => {
  const file = await write([
    entry('uneven', 'uint8', [3], [1], [2, 3]),
    entry('__proto__', 'float16', [2], [0, 0x3c, 0], [0xbc]),
    entry('10', 'float32', [], [0, 0, 0x80, 0x3f]),
    entry('empty', 'float32', [0, 3]),
    entry('"quoted" ü', 'int64', [1], [1, 0, 0, 0, 0, 0, 0, 0]),
  ]);
  const { tensors, metadata } = await readSafetensors(bytesSource(file));
  expect(metadata).toEqual({ format: 'pt' });
  const read = async (name: string) => (await readTensor(tensors.get(name)!)).data;
  expect(await read('uneven')).toEqual(Uint8Array.of(1, 2, 3));
  expect(await read('__proto__')).toEqual(Uint16Array.of(0x3c00, 0xbc00));
  expect(await read('10')).toEqual(Float32Array.of(1));
  expect(await read('empty')).toEqual(new Float32Array(0));
  expect(await read('"quoted" ü')).toEqual(BigInt64Array.of(1n));
});

test('every tensor is aligned to its elements, after a header of a multiple of 8 bytes', async () => {
  const file = await write([
    entry('odd', 'uint8', [1], [7]),
    entry('half', 'float16', [1], [0, 0]),
    entry('long', 'int64', [1], new Array(8).fill(0)),
    entry('float', 'float32', [1], new Array(4).fill(0)),
  ]);
  expect(new DataView(file.buffer).getBigUint64(0, true) % 8n).toBe(0n);
  const { tensors } = await readSafetensors(bytesSource(file));
  const bytes = { uint8: 1, float16: 2, int64: 8, float32: 4 } as Record<DType, number>;
  for (const { dtype, offset } of tensors.values()) expect(offset % bytes[dtype]!).toBe(0);
});

test.each([
  ['fewer', [[1, 2, 3]]],
  ['more', [[1, 2, 3, 4], [5]]],
])('%s bytes than the shape says are refused', async (_, pieces) => {
  await expect(write([entry('w', 'uint8', [4], ...pieces)])).rejects.toMatchObject({ code: 'safetensors' });
});

test.each(['twice', '__metadata__'])('the name %s is refused', async (name) => {
  const entries = [entry('twice', 'uint8', [0]), entry(name, 'uint8', [0])];
  await expect(write(entries)).rejects.toThrow('cannot stand twice');
});
