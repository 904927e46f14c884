// Writes what torch.save writes, for tests and benchmarks: pickles out of opcodes, archives as a stream.

import { crc32 } from 'node:zlib';

/** Opcodes of protocol 2, by what they push or do. */
export const pickle = {
  start: Uint8Array.of(0x80, 2),
  stop: Uint8Array.of(0x2e),
  mark: Uint8Array.of(0x28),
  tuple: Uint8Array.of(0x74),
  emptyTuple: Uint8Array.of(0x29),
  emptyDict: Uint8Array.of(0x7d),
  emptyList: Uint8Array.of(0x5d),
  append: Uint8Array.of(0x61),
  setItem: Uint8Array.of(0x73),
  setItems: Uint8Array.of(0x75),
  reduce: Uint8Array.of(0x52),
  build: Uint8Array.of(0x62),
  newObject: Uint8Array.of(0x81),
  persistent: Uint8Array.of(0x51),
  no: Uint8Array.of(0x89),
  none: Uint8Array.of(0x4e),
  put: (index: number) => Uint8Array.of(0x71, index),
  get: (index: number) => Uint8Array.of(0x68, index),
  global: (module: string, name: string) => new TextEncoder().encode(`c${module}\n${name}\n`),
  text(value: string) {
    const bytes = new TextEncoder().encode(value);
    return join(Uint8Array.of(0x58), uint32(bytes.length), bytes);
  },
  /** An integer below 2^63. */
  integer(value: number) {
    const bytes = new Uint8Array(10);
    bytes.set([0x8a, 8]);
    new DataView(bytes.buffer).setBigInt64(2, BigInt(value), true);
    return bytes;
  },
  integers: (values: readonly number[]) => join(pickle.mark, ...values.map(pickle.integer), pickle.tuple),
  dict(entries: Iterable<readonly [string, Uint8Array]>) {
    const items = [...entries].flatMap(([key, value]) => [pickle.text(key), value]);
    return join(pickle.emptyDict, pickle.mark, concat(items), pickle.setItems);
  },
  /** `_rebuild_tensor_v2` over the storage `key` of `elements` elements. */
  tensor({ key, type, elements, shape, strides, offset = 0 }: TensorRecord) {
    return join(
      pickle.global('torch._utils', '_rebuild_tensor_v2'),
      pickle.mark,
      pickle.mark,
      pickle.text('storage'),
      pickle.global('torch', type),
      pickle.text(key),
      pickle.text('cpu'),
      pickle.integer(elements),
      pickle.tuple,
      pickle.persistent,
      pickle.integer(offset),
      pickle.integers(shape),
      pickle.integers(strides),
      pickle.no,
      pickle.global('collections', 'OrderedDict'),
      pickle.emptyTuple,
      pickle.reduce,
      pickle.tuple,
      pickle.reduce,
    );
  },
};

export interface TensorRecord {
  readonly key: string;
  /** `FloatStorage` and the like. */
  readonly type: string;
  readonly elements: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset?: number;
}

export interface ZipRecord {
  readonly name: string;
  readonly size: number;
  readonly pieces: () => Iterable<Uint8Array>;
}

/** An archive with `data.pkl` (the value that `object` pushes) and storages. */
export function torchArchive(object: Uint8Array, storages: ReadonlyMap<string, Uint8Array>): Uint8Array {
  return concat([
    ...zipPieces([
      wholeRecord('archive/data.pkl', join(pickle.start, object, pickle.stop)),
      ...[...storages].map(([key, bytes]) => wholeRecord(`archive/data/${key}`, bytes)),
      wholeRecord('archive/version', new TextEncoder().encode('3\n')),
    ]),
  ]);
}

/** A checkpoint of contiguous float32 tensors, keys in a plain dict. */
export function stateDictArchive(tensors: Readonly<Record<string, { shape: number[]; data: Float32Array }>>) {
  const entries = Object.entries(tensors).map(([name, { shape, data }], index) => {
    const record = { key: `${index}`, type: 'FloatStorage', elements: data.length, shape };
    return [name, pickle.tensor({ ...record, strides: rowMajor(shape) })] as const;
  });
  const storages = Object.values(tensors).map(
    ({ data }, index) => [`${index}`, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)] as const,
  );
  return torchArchive(pickle.dict(entries), new Map(storages));
}

export function rowMajor(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
}

export function wholeRecord(name: string, bytes: Uint8Array): ZipRecord {
  return { name, size: bytes.length, pieces: () => [bytes] };
}

/** A zip of stored entries, piece by piece, with checksums behind the data as PyTorch writes them. */
export function* zipPieces(records: readonly ZipRecord[]): Generator<Uint8Array> {
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, size, pieces } of records) {
    const nameBytes = new TextEncoder().encode(name);
    const start = offset;
    yield join(
      uint32(0x04034b50),
      uint16(0, 8, 0, 0, 0),
      uint32(0, 0, 0),
      uint16(nameBytes.length, 0),
      nameBytes,
    );
    let checksum = 0;
    for (const piece of pieces()) {
      checksum = crc32(piece, checksum);
      yield piece;
    }
    yield join(uint32(0x08074b50, checksum, size, size));
    offset += 30 + nameBytes.length + size + 16;
    directory.push(
      join(
        uint32(0x02014b50),
        uint16(0, 0, 8, 0, 0, 0),
        uint32(checksum, size, size),
        uint16(nameBytes.length, 0, 0, 0, 0),
        uint32(0, start),
        nameBytes,
      ),
    );
  }
  const central = concat(directory);
  yield central;
  yield join(
    uint32(0x06054b50),
    uint16(0, 0, records.length, records.length),
    uint32(central.length, offset),
    uint16(0),
  );
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return concat(parts);
}

/** The same of any number: a million arguments are too many. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export function uint32(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

function uint16(...values: number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(values).buffer);
}
