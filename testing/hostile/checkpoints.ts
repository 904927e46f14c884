// Checkpoints that are cheap to write and were, or would be, dear to read. Each is made when it is asked for.

import { crc32, deflateRawSync } from 'node:zlib';
import {
  concat,
  join,
  pickle,
  type TensorRecord,
  torchArchive,
  uint32,
  wholeRecord,
  zipPieces,
} from '../../packages/converters/test/torch-archive.js';

export interface HostileFile {
  readonly name: string;
  readonly make: () => Uint8Array;
  /** What the refusal says; absent where the file is sound, and read. */
  readonly refusal?: RegExp;
}

const floats = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
const storages = new Map([['0', floats]]);
const small: TensorRecord = { key: '0', type: 'FloatStorage', elements: 6, shape: [2, 3], strides: [3, 1] };
const tensor = pickle.tensor(small);

const megabytes = 1_000_000;
const longPut = (index: number) => join(Uint8Array.of(0x72), uint32(index));
const longGet = (index: number) => join(Uint8Array.of(0x6a), uint32(index));
/** LONG1: an integer, little-endian. */
const long = (...bytes: number[]) => Uint8Array.of(0x8a, bytes.length, ...bytes);
const pop = Uint8Array.of(0x30);
const float64 = Uint8Array.of(0x47, 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a);

function repeated(piece: Uint8Array, bytes: number): Uint8Array {
  return new Uint8Array(Buffer.alloc(Math.floor(bytes / piece.length) * piece.length, piece));
}

function numbered(count: number, make: (index: number) => Uint8Array): Uint8Array {
  return concat(Array.from({ length: count }, (_, index) => make(index)));
}

/** A value in front of which lies what nobody needs. */
const behind = (waste: Uint8Array) =>
  torchArchive(join(pickle.emptyList, pickle.mark, waste, Uint8Array.of(0x65)), storages);

/** `_rebuild_tensor_v2` whose shape, strides or metadata come from elsewhere. */
function tensorWith({ size, metadata }: { size?: Uint8Array; metadata?: Uint8Array }): Uint8Array {
  return join(
    pickle.global('torch._utils', '_rebuild_tensor_v2'),
    pickle.mark,
    pickle.mark,
    ...['storage'].map(pickle.text),
    pickle.global('torch', 'FloatStorage'),
    ...['0', 'cpu'].map(pickle.text),
    pickle.integer(6),
    pickle.tuple,
    pickle.persistent,
    pickle.integer(0),
    size ?? pickle.integers([2, 3]),
    size ?? pickle.integers([3, 1]),
    pickle.no,
    join(pickle.global('collections', 'OrderedDict'), pickle.emptyTuple, pickle.reduce),
    metadata ?? pickle.emptyDict,
    pickle.tuple,
    pickle.reduce,
  );
}

/** One deflated storage of zeros, and views of all of it but for its beginning. */
function deflatedViews(size: number, views: number): Uint8Array {
  const elements = size / 4;
  const names = Array.from({ length: views }, (_, view): readonly [string, Uint8Array] => [
    `w${view}`,
    pickle.tensor({ ...small, elements, shape: [64], strides: [1], offset: elements - 64 - view }),
  ]);
  const object = join(pickle.start, pickle.dict(names), pickle.stop);
  return zipOf([
    { name: 'a/data.pkl', bytes: object },
    { name: 'a/data/0', bytes: new Uint8Array(size), deflated: true },
  ]);
}

interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly deflated?: boolean;
}

/** A zip whose entries may be deflated. */
function zipOf(entries: readonly ZipEntry[]): Uint8Array {
  const stored = entries.map(({ name, bytes, deflated }) =>
    wholeRecord(name, deflated ? new Uint8Array(deflateRawSync(bytes)) : bytes),
  );
  const archive = concat([...zipPieces(stored)]);
  const view = new DataView(archive.buffer);
  let local = 0;
  let central = view.getUint32(archive.length - 6, true);
  for (const [place, { name, bytes, deflated }] of entries.entries()) {
    if (deflated) {
      view.setUint16(local + 8, 8, true);
      view.setUint16(central + 10, 8, true);
      view.setUint32(central + 16, crc32(bytes), true);
      view.setUint32(central + 24, bytes.length, true);
    }
    local += 30 + name.length + stored[place]!.size + 16;
    central += 46 + name.length;
  }
  return archive;
}

const manyTensors = (count: number): Uint8Array => {
  const names = Array.from({ length: count }, (_, index): readonly [string, Uint8Array] => [
    `layers.${index}.weight`,
    pickle.tensor({ ...small, key: `${index}` }),
  ]);
  return torchArchive(pickle.dict(names), new Map(names.map((_, index) => [`${index}`, floats])));
};

/** Empty entries. 65,535 are what a zip can count without its 64-bit record, which this has. */
function manyEntries(count: number): Uint8Array {
  const one = concat([...zipPieces([wholeRecord('a/data/000000000', new Uint8Array(0))])]);
  const [localBytes, centralBytes] = [30 + 16 + 16, 46 + 16];
  const local = Buffer.alloc(count * localBytes, one.subarray(0, localBytes));
  const central = Buffer.alloc(count * centralBytes, one.subarray(localBytes, localBytes + centralBytes));
  for (let index = 0; index < count; index++) {
    const digits = String(index).padStart(9, '0');
    local.write(digits, index * localBytes + 30 + 7, 'latin1');
    central.write(digits, index * centralBytes + 46 + 7, 'latin1');
    central.writeUInt32LE(index * localBytes, index * centralBytes + 42);
  }
  const wide = Buffer.alloc(56 + 20);
  wide.writeUInt32LE(0x06064b50, 0);
  wide.writeUInt32LE(44, 4);
  wide.writeUInt32LE(count, 24);
  wide.writeUInt32LE(count, 32);
  wide.writeUInt32LE(central.length, 40);
  wide.writeUInt32LE(local.length, 48);
  wide.writeUInt32LE(0x07064b50, 56);
  wide.writeUInt32LE(local.length + central.length, 64);
  wide.writeUInt32LE(1, 72);
  return join(local, central, wide, one.subarray(one.length - 22));
}

/** A dict of one key under which lie many: names of equal length, of which the beginning alone is longer than hashed. */
const longNames = (): Uint8Array => {
  const inner = join(
    pickle.emptyDict,
    pickle.mark,
    numbered(3000, (index) => join(pickle.text(String(index).padStart(5, '0')), pickle.get(0))),
    pickle.setItems,
  );
  const outer = join(pickle.emptyDict, pickle.text('n'.repeat(20_000)), inner, pickle.setItem);
  return torchArchive(join(pickle.mark, tensor, pickle.put(0), outer, pickle.tuple), storages);
};

const sharedMetadata = (): Uint8Array => {
  const metadata = join(
    pickle.emptyDict,
    pickle.put(0),
    pickle.mark,
    numbered(40_000, (index) => join(pickle.text(`${index}`), pickle.no)),
    pickle.setItems,
  );
  return behind(
    join(
      metadata,
      numbered(5000, () => tensorWith({ metadata: pickle.get(0) })),
    ),
  );
};

const sharedShape = (): Uint8Array => {
  const size = join(pickle.mark, repeated(Uint8Array.of(0x4b, 1), 200_000), pickle.tuple, pickle.put(0));
  return behind(
    join(
      size,
      numbered(20_000, () => join(pickle.mark, pickle.get(0), tensorWith({ size: pickle.get(0) }))),
    ),
  );
};

/** A view that repeats six numbers to 250 MB, again and again: 12 GiB in all. */
const repeatedViews = (): Uint8Array =>
  torchArchive(
    pickle.dict(
      Array.from({ length: 50 }, (_, view) => [
        `w${view}`,
        pickle.tensor({ ...small, shape: [60_000_000], strides: [0] }),
      ]),
    ),
    storages,
  );

export const hostileCheckpoints: readonly HostileFile[] = [
  {
    name: 'names of one length, beyond what is hashed',
    make: longNames,
    refusal: /a name that begins with "n{40}/,
  },
  { name: 'metadata that thousands of tensors share', make: sharedMetadata, refusal: /impossible metadata/ },
  { name: 'a shape of 100,000 axes that tensors share', make: sharedShape, refusal: /impossible shape/ },
  {
    name: 'integers as keys that fall together',
    make: () =>
      behind(
        join(
          pickle.emptyDict,
          pickle.mark,
          numbered(60_000, (index) =>
            join(long(5, 0, 0, 0, 0, 0, 0, 0, index & 255, (index >> 8) & 255, index >> 16, 1), pickle.none),
          ),
          pickle.setItems,
        ),
      ),
  },
  {
    name: 'a memo full of gaps',
    make: () => behind(numbered(200_000, (index) => join(pickle.none, longPut(index * 16_411), pop))),
    refusal: /far beyond the others/,
  },
  {
    name: 'one tensor a million times in a list',
    make: () => behind(join(tensor, longPut(0), repeated(longGet(0), 5 * megabytes))),
    refusal: /too much (work|memory)/,
  },
  {
    name: 'dicts in dicts, each twice',
    make: () => {
      let object = join(pickle.dict([['w', tensor]]), longPut(0));
      for (let level = 0; level < 40; level++) {
        object = join(
          object,
          pop,
          pickle.dict([
            ['a', longGet(level)],
            ['b', longGet(level)],
          ]),
          longPut(level + 1),
        );
      }
      return torchArchive(object, storages);
    },
    refusal: /too much (work|memory)|too deep/,
  },
  {
    name: 'a tuple in a tuple in a tuple',
    make: () => torchArchive(join(tensor, repeated(Uint8Array.of(0x85), 400_000)), storages),
    refusal: /too deep/,
  },
  {
    name: 'a pickle of 60 MB',
    make: () => behind(repeated(pickle.none, 60 * megabytes)),
    refusal: /too large/,
  },
  { name: 'numbers only', make: () => behind(repeated(float64, 20 * megabytes)) },
  {
    name: 'long integers only',
    make: () => behind(repeated(long(...new Array(255).fill(1)), 20 * megabytes)),
    refusal: /too much work/,
  },
  {
    name: 'words only',
    make: () => behind(repeated(pickle.text('a'), 20 * megabytes)),
    refusal: /operations|work/,
  },
  { name: 'one word of 20 MB', make: () => behind(pickle.text('a'.repeat(20 * megabytes))) },
  {
    name: 'dicts only',
    make: () => behind(repeated(pickle.emptyDict, 20 * megabytes)),
    refusal: /containers/,
  },
  { name: 'marks only', make: () => behind(repeated(pickle.mark, 20 * megabytes)), refusal: /operations/ },
  {
    name: 'classes only',
    make: () => behind(repeated(pickle.global('collections', 'OrderedDict'), 20 * megabytes)),
    refusal: /containers/,
  },
  {
    name: 'a dict of half a million entries',
    make: () =>
      behind(
        join(
          pickle.emptyDict,
          pickle.mark,
          numbered(500_000, (index) => join(pickle.text(`k${index}`), pickle.none)),
          pickle.setItems,
        ),
      ),
  },
  {
    name: 'many views of one deflated storage',
    make: () => deflatedViews(60 * megabytes, 300),
  },
  {
    name: 'a storage that inflates a thousandfold',
    make: () => deflatedViews(100 * megabytes, 1),
    refusal: /inflates to far more/,
  },
  { name: 'a million entries', make: () => manyEntries(1_000_000), refusal: /too much (work|memory)/ },
  {
    name: 'a hundred thousand entries, none a pickle',
    make: () => manyEntries(100_000),
    refusal: /data\.pkl/,
  },
  { name: '10,000 small tensors', make: () => manyTensors(10_000) },
  { name: 'six numbers that repeat to 12 GB', make: repeatedViews },
];
