// Ways in which files go wrong, as values that fast-check can make smaller: a seed's number and a list of edits.

import fc from 'fast-check';

type Edit = (bytes: Uint8Array) => Uint8Array;

/** Places are drawn without knowing the file's length, and wrapped to it. */
const place = fc.nat(2 ** 24);

/** Numbers at which sizes, counts and offsets break. */
const edges = fc.constantFrom(
  ...[0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0xffffff],
  ...[0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff, 2 ** 32, 2 ** 40, 2 ** 53 - 1, 2 ** 53, 2 ** 63],
);

const flip: fc.Arbitrary<Edit> = fc
  .tuple(place, fc.integer({ min: 1, max: 255 }))
  .map(([at, mask]) => (bytes) => {
    const changed = bytes.slice();
    if (bytes.length > 0) changed[at % bytes.length]! ^= mask;
    return changed;
  });

const number: fc.Arbitrary<Edit> = fc
  .tuple(place, edges, fc.constantFrom(1, 2, 4, 8), fc.boolean())
  .map(([at, value, width, isLittle]) => (bytes) => {
    if (bytes.length < width) return bytes;
    const changed = bytes.slice();
    const view = new DataView(changed.buffer);
    const start = at % (bytes.length - width + 1);
    const wide = new DataView(new ArrayBuffer(8));
    wide.setBigUint64(0, BigInt(value), isLittle);
    for (let byte = 0; byte < width; byte++) {
      view.setUint8(start + byte, wide.getUint8(isLittle ? byte : 8 - width + byte));
    }
    return changed;
  });

const cut: fc.Arbitrary<Edit> = fc.tuple(place, fc.nat(64)).map(([at, length]) => (bytes) => {
  const start = at % (bytes.length + 1);
  return joined(bytes.subarray(0, start), bytes.subarray(start + length));
});

const end: fc.Arbitrary<Edit> = place.map((at) => (bytes) => bytes.subarray(0, at % (bytes.length + 1)));

const insert: fc.Arbitrary<Edit> = fc
  .tuple(place, fc.uint8Array({ maxLength: 16 }))
  .map(([at, piece]) => (bytes) => {
    const start = at % (bytes.length + 1);
    return joined(bytes.subarray(0, start), piece, bytes.subarray(start));
  });

/** A piece of the file again, once or very often. */
const repeat: fc.Arbitrary<Edit> = fc
  .tuple(place, fc.nat(64), fc.constantFrom(1, 2, 16, 1000))
  .map(([at, length, times]) => (bytes) => {
    const start = at % (bytes.length + 1);
    const piece = bytes.subarray(start, start + length);
    return joined(
      bytes.subarray(0, start),
      ...new Array<Uint8Array>(times).fill(piece),
      bytes.subarray(start),
    );
  });

/** A piece of the file over another. */
const move: fc.Arbitrary<Edit> = fc.tuple(place, place, fc.nat(32)).map(([from, to, length]) => (bytes) => {
  if (bytes.length === 0) return bytes;
  const changed = bytes.slice();
  const start = from % bytes.length;
  const target = to % bytes.length;
  changed.set(bytes.subarray(start, Math.min(start + length, start + bytes.length - target)), target);
  return changed;
});

const edits = fc.array(
  fc.oneof(
    { arbitrary: flip, weight: 4 },
    { arbitrary: number, weight: 4 },
    { arbitrary: move, weight: 2 },
    cut,
    insert,
    repeat,
    { arbitrary: end, weight: 1 },
  ),
  { minLength: 1, maxLength: 6 },
);

/** One of the seeds, after a few edits. */
export function mutated(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.nat(seeds.length - 1), edits)
    .map(([seed, list]) => list.reduce((bytes, edit) => edit(bytes), seeds[seed]!));
}

/** Parts of a seed after a few edits each, put together again: what the edits broke outside of them is repaired. */
export function mutatedParts<Whole>(
  seeds: readonly Whole[],
  parts: (whole: Whole) => readonly Uint8Array[],
  put: (whole: Whole, parts: readonly Uint8Array[]) => Uint8Array,
): fc.Arbitrary<Uint8Array> {
  const edited = fc.array(fc.tuple(place, edits), { minLength: 1, maxLength: 3 });
  return fc.tuple(fc.nat(seeds.length - 1), edited).map(([seed, changes]) => {
    const whole = seeds[seed]!;
    const list = [...parts(whole)];
    for (const [which, part] of changes) {
      const index = which % list.length;
      list[index] = part.reduce((bytes, edit) => edit(bytes), list[index]!);
    }
    return put(whole, list);
  });
}

/** Values that stand where others are expected. */
const strangeValue = fc.oneof(
  fc.jsonValue(),
  edges,
  fc.constantFrom(-1, 0.5, 1e-300, 1e300, '', '0', '__proto__', [], {}, [[[[]]]], true, null),
  fc.constantFrom('x'.repeat(5000), new Array(5000).fill(0), { length: 5 }),
);

/** A JSON object with some of its members, at any depth, replaced, added or left out. */
export function mutatedJson(seed: object): fc.Arbitrary<string> {
  const change = fc.record({
    at: fc.nat(10_000),
    key: fc.option(fc.constantFrom('__proto__', 'constructor', 'extra', '0', '-1')),
    value: fc.option(strangeValue, { nil: undefined }),
  });
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    const copy = structuredClone(seed);
    for (const { at, key, value } of changes) {
      const objects = objectsIn(copy);
      const object = objects[at % objects.length]!;
      const keys = Object.keys(object);
      const target = key ?? keys[at % Math.max(1, keys.length)] ?? 'extra';
      Object.defineProperty(object, target, {
        value: structuredClone(value),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return JSON.stringify(copy);
  });
}

function objectsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value as Record<string, unknown>, ...Object.values(value).flatMap(objectsIn)].slice(0, 1000);
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
