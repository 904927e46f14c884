// A file from front to back, in pieces, with a look at what comes next.

import type { ByteSource } from '@audiozoo/core';

const pieceBytes = 2 ** 16;

export interface ByteReader {
  /** Bytes in all. */
  readonly size: number;
  /** Of the next byte. Set it to skip. */
  position: number;
  /** The bytes from `position` on: at least `count`, fewer only where the file ends. Not to be written to. */
  peek(count: number): Promise<Uint8Array>;
}

export function createByteReader(source: ByteSource): ByteReader {
  let held: Uint8Array = new Uint8Array(0);
  let heldAt = 0;
  return {
    size: source.size,
    position: 0,
    async peek(count) {
      const start = Math.min(this.position, source.size);
      const end = Math.min(start + count, source.size);
      if (start < heldAt || end > heldAt + held.length) {
        held = await source.read(start, Math.min(Math.max(count, pieceBytes), source.size - start));
        heldAt = start;
      }
      return held.subarray(start - heldAt);
    },
  };
}
