// Small reads here and there in a file, and a search for a name in it, without a call to the disk for each.

import type { ByteSource } from '@audiozoo/core';
import type { Budget } from '@audiozoo/core/plugin';

/** Bytes that come with those asked for: few where a reader jumps about, more once it goes straight on. */
const jumpBytes = 2 ** 12;
const straightBytes = 2 ** 16;
/** Bytes that are searched at a time. */
const searchBytes = 2 ** 20;
/** Where a search ends that has found nothing. */
const maxSearchBytes = 2 ** 24;

/** Reads of some bytes each, which lie in `source`. Rests where it goes to the source. */
export function createLook(source: ByteSource, budget: Budget) {
  let window: Uint8Array = new Uint8Array(0);
  let first = 0;
  return async (offset: number, length: number): Promise<Uint8Array> => {
    const end = first + window.length;
    if (offset < first || offset + length > end) {
      const ahead = offset >= first && offset <= end && end > 0 ? straightBytes : jumpBytes;
      const count = Math.min(Math.max(length, ahead), source.size - offset);
      budget.take(count);
      await budget.rest();
      window = await source.read(offset, count);
      first = offset;
    }
    return window.subarray(offset - first, offset - first + length);
  };
}

/** The places where one of `names`, all of one length, stands: in order, from `from` on, within some megabytes. */
export async function* placesOf(
  names: readonly string[],
  source: ByteSource,
  budget: Budget,
  from: number,
): AsyncGenerator<number> {
  const length = names[0]!.length;
  const end = Math.min(source.size, from + maxSearchBytes);
  for (let offset = from; offset + length <= end; offset += searchBytes) {
    const count = Math.min(searchBytes + length - 1, source.size - offset);
    budget.take(count);
    const block = await source.read(offset, count);
    const places = names.map((name) => placeOf(name, block, 0)); // where each stands next
    for (;;) {
      await budget.rest();
      const first = Math.min(...places);
      if (first === Infinity) break;
      const which = places.indexOf(first);
      places[which] = placeOf(names[which]!, block, first + 1);
      budget.spend();
      yield offset + first;
    }
  }
}

function placeOf(name: string, bytes: Uint8Array, from: number): number {
  const codes = Array.from(name, (character) => character.charCodeAt(0));
  for (let at = bytes.indexOf(codes[0]!, from); at >= 0; at = bytes.indexOf(codes[0]!, at + 1)) {
    if (codes.every((code, index) => bytes[at + index] === code)) return at;
  }
  return Infinity;
}
