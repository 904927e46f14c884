// What MPEG-4 and QuickTime files are made of: boxes of a size, a type and content, boxes in boxes.

import type { Listener } from '../listener.js';

export interface Box {
  readonly type: string;
  readonly data: Uint8Array;
}

export interface BoxHeader {
  readonly type: string;
  /** Bytes of the header itself. */
  readonly length: number;
  /** Of the content. Infinity when the box goes on to the end of the file. */
  readonly size: number;
}

export const maxHeaderBytes = 16;

/** The header of a box. Undefined when there is none. */
export function parseBoxHeader(bytes: Uint8Array, offset = 0): BoxHeader | undefined {
  if (offset + 8 > bytes.length) return undefined;
  const view = viewOf(bytes);
  const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
  const size = view.getUint32(offset);
  if (size === 0) return { type, length: 8, size: Number.POSITIVE_INFINITY };
  if (size !== 1) return size < 8 ? undefined : { type, length: 8, size: size - 8 };
  if (offset + 16 > bytes.length) return undefined;
  const large = view.getUint32(offset + 8) * 2 ** 32 + view.getUint32(offset + 12);
  return large < 16 ? undefined : { type, length: 16, size: large - 16 };
}

/** The boxes that lie in `bytes`, up to the first that is damaged. */
export function* parseBoxes(bytes: Uint8Array, { waste }: Pick<Listener, 'waste'>): Generator<Box> {
  let offset = 0;
  while (offset < bytes.length) {
    waste(1);
    const header = parseBoxHeader(bytes, offset);
    if (!header) return;
    const start = offset + header.length;
    offset = start + header.size;
    yield { type: header.type, data: bytes.subarray(start, offset) };
  }
}

/** The content of the box to which these types lead, one in the other. */
export function findBox(
  bytes: Uint8Array,
  [type, ...rest]: readonly string[],
  listener: Pick<Listener, 'waste'>,
): Uint8Array | undefined {
  for (const box of parseBoxes(bytes, listener)) {
    if (box.type === type) return rest.length === 0 ? box.data : findBox(box.data, rest, listener);
  }
  return undefined;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
