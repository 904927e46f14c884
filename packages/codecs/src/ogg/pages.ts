// Ogg: a file as a row of pages, each with a checksum, of one or several streams.

import type { ByteReader } from '../byte-reader.js';
import type { Listener } from '../listener.js';
import { isTag, startsWith } from '../starts-with.js';

export interface Page {
  /** Which stream it belongs to. */
  readonly serial: number;
  readonly first: boolean;
  readonly last: boolean;
  /** Whether its first packet began on the page before. */
  readonly continues: boolean;
  /** The number of the sample at which its last packet ends; undefined when none ends here, or it is not whole. */
  readonly granule: number | undefined;
  /** Its number within the stream. */
  readonly sequence: number;
  /** Lengths of pieces of packets: 255 means that the packet goes on. */
  readonly lacing: Uint8Array;
  readonly body: Uint8Array;
}

const mark = 'OggS';
const headerBytes = 27;
/** What looking for the next page once counts for. */
const stepsToLook = 64;
const maxPageBytes = headerBytes + 255 + 255 * 255;

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc;
});

/** The pages from the reader's position on. What is damaged is passed over: numbers of pages tell whose it was. */
export async function* readPages(reader: ByteReader, listener: Listener): AsyncGenerator<Page> {
  for (;;) {
    await listener.rest();
    const bytes = await reader.peek(maxPageBytes);
    const length = pageLength(bytes);
    if (length > 0 && length <= bytes.length && checksumFits(bytes.subarray(0, length))) {
      yield parsePage(bytes.subarray(0, length), false);
      reader.position += length;
      continue;
    }
    const next = findCapture(bytes.subarray(1));
    if (next === undefined && reader.position + bytes.length >= reader.size) {
      if (length > bytes.length) {
        // Cut. No checksum vouches for what is there, but it may well be sound.
        listener.endsEarly();
        yield parsePage(bytes, true);
      } else if (bytes.length > 0 && !isTag(bytes)) {
        listener.damaged();
      }
      return;
    }
    listener.waste(stepsToLook + (length > 0 ? Math.min(length, bytes.length) : 0));
    // A mark may begin in the last bytes that were looked at.
    reader.position += 1 + (next ?? bytes.length - 1 - (mark.length - 1));
  }
}

/** Bytes that the page says to have. 0 where none begins. */
function pageLength(bytes: Uint8Array): number {
  if (bytes.length < headerBytes || !startsWith(bytes, mark) || bytes[4] !== 0) return 0;
  const segments = bytes[26]!;
  const lacing = bytes.subarray(headerBytes, headerBytes + segments);
  if (lacing.length < segments) return 0;
  return headerBytes + segments + lacing.reduce((total, length) => total + length, 0);
}

function checksumFits(page: Uint8Array): boolean {
  let crc = 0;
  for (let index = 0; index < page.length; index++) {
    // The checksum's own place counts as zeros.
    const byte = index >= 22 && index < 26 ? 0 : page[index]!;
    crc = (crc << 8) ^ crcTable[(crc >>> 24) ^ byte]!;
  }
  return crc >>> 0 === new DataView(page.buffer, page.byteOffset).getUint32(22, true);
}

function parsePage(bytes: Uint8Array, cut: boolean): Page {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const flags = bytes[5]!;
  const granule = Number(view.getBigInt64(6, true));
  const bodyStart = headerBytes + bytes[26]!;
  return {
    serial: view.getUint32(14, true),
    first: (flags & 2) !== 0,
    last: (flags & 4) !== 0,
    continues: (flags & 1) !== 0,
    granule: granule < 0 || cut ? undefined : granule,
    sequence: view.getUint32(18, true),
    lacing: bytes.subarray(headerBytes, bodyStart),
    body: bytes.subarray(bodyStart),
  };
}

/** Where the next page may begin. */
function findCapture(bytes: Uint8Array): number | undefined {
  for (let at = bytes.indexOf(79); at >= 0; at = bytes.indexOf(79, at + 1)) {
    if (startsWith(bytes.subarray(at), mark)) return at;
  }
  return undefined;
}
