// EBML, which Matroska and WebM are made of: elements of an id, a size and that many bytes, elements in elements.

import type { Listener } from '../listener.js';

export interface ElementHeader {
  readonly id: number;
  /** Infinity when the writer did not know it: a recording that is still going on. */
  readonly size: number;
  /** Bytes of the header itself. */
  readonly length: number;
}

export const maxHeaderBytes = 12;

/** The header of an element. Undefined when there is none. */
export function parseElementHeader(bytes: Uint8Array, offset = 0): ElementHeader | undefined {
  const idLength = Math.clz32(bytes[offset]! << 24) + 1;
  if (idLength > 4 || offset + idLength >= bytes.length) return undefined;
  const id = readUnsigned(bytes.subarray(offset, offset + idLength));
  const size = parseSize(bytes, offset + idLength);
  return size && { id, size: size.value, length: idLength + size.length };
}

/** A number whose first byte says how long it is. Infinity when all its bits are set. */
export function parseSize(bytes: Uint8Array, offset: number): { value: number; length: number } | undefined {
  const length = Math.clz32(bytes[offset]! << 24) + 1;
  if (length > 8 || offset + length > bytes.length) return undefined;
  let value = bytes[offset]! & (0xff >> length);
  let unknown = value === 0xff >> length;
  for (let index = 1; index < length; index++) {
    value = value * 256 + bytes[offset + index]!;
    unknown &&= bytes[offset + index] === 0xff;
  }
  return { value: unknown ? Number.POSITIVE_INFINITY : value, length };
}

export interface Element {
  readonly id: number;
  readonly data: Uint8Array;
}

/** The elements that lie in `bytes`, up to the first that is damaged. */
export function* parseElements(bytes: Uint8Array, { waste }: Pick<Listener, 'waste'>): Generator<Element> {
  let offset = 0;
  while (offset < bytes.length) {
    waste(1);
    const header = parseElementHeader(bytes, offset);
    if (!header) return;
    const start = offset + header.length;
    offset = start + header.size;
    yield { id: header.id, data: bytes.subarray(start, offset) };
  }
}

export function readUnsigned(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

export function readSigned(bytes: Uint8Array): number {
  const value = readUnsigned(bytes);
  return bytes.length > 0 && bytes[0]! & 0x80 ? value - 256 ** bytes.length : value;
}

export function readFloat(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 4) return view.getFloat32(0);
  return bytes.length === 8 ? view.getFloat64(0) : 0;
}
