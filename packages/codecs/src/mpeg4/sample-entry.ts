// Which codec a track of sound has, and the codec's own headers.

import { concatenate } from '@audiozoo/core/plugin';
import type { Listener } from '../listener.js';
import { findBox, parseBoxHeader, viewOf } from './boxes.js';

export interface SampleEntry {
  /** By the names of `PacketCodec.mpeg4Name`; undefined for all others. */
  readonly codec: string | undefined;
  readonly headers: readonly Uint8Array[];
}

/** Bytes of an entry before the boxes in it, by the version that QuickTime has of them. */
const entryBytes = [28, 44, 64];
const mp3Objects = [0x69, 0x6b];
const vorbisObject = 0xdd;

/** The first entry in the content of the box `stsd`. */
export function parseSampleEntry(description: Uint8Array, listener: Listener): SampleEntry {
  const header = parseBoxHeader(description, 8);
  const none = { codec: undefined, headers: [] };
  if (!header) return none;
  const entry = description.subarray(8 + header.length, 8 + header.length + header.size);
  if (entry.length < entryBytes[0]!) return none;
  const boxes = entry.subarray(entryBytes[viewOf(entry).getUint16(8)] ?? entryBytes[0]!);

  if (header.type === 'Opus') {
    const specific = findBox(boxes, ['dOps'], listener);
    return specific && specific.length >= 11 ? { codec: 'opus', headers: [opusHead(specific)] } : none;
  }
  if (header.type === 'fLaC') {
    const blocks = findBox(boxes, ['dfLa'], listener);
    return blocks ? { codec: 'flac', headers: [beginningWith('fLaC', blocks.subarray(4))] } : none;
  }
  if (header.type === '.mp3') return { codec: 'mp3', headers: [] };
  if (header.type === 'mp4a') {
    const descriptors = findBox(boxes, ['esds'], listener) ?? findBox(boxes, ['wave', 'esds'], listener);
    const { object, specific } = parseDescriptors(descriptors?.subarray(4) ?? new Uint8Array(0));
    if (mp3Objects.includes(object)) return { codec: 'mp3', headers: [] };
    if (object === vorbisObject && specific) return { codec: 'vorbis', headers: [specific] };
  }
  return none;
}

/** The header that Opus has elsewhere, of which this one differs in the order of bytes. */
function opusHead(specific: Uint8Array): Uint8Array {
  const head = beginningWith('OpusHead', specific);
  head[8] = 1;
  const from = viewOf(specific);
  const to = viewOf(head);
  to.setUint16(10, from.getUint16(2), true);
  to.setUint32(12, from.getUint32(4), true);
  to.setInt16(16, from.getInt16(8), true);
  return head;
}

function beginningWith(mark: string, bytes: Uint8Array): Uint8Array {
  return concatenate(Uint8Array, [new TextEncoder().encode(mark), bytes]);
}

/** What the descriptors of MPEG-4 say: a kind of object, and its codec's own headers. */
function parseDescriptors(bytes: Uint8Array): { object: number; specific: Uint8Array | undefined } {
  let object = 0;
  let next = 0;
  while (next < bytes.length) {
    const tag = bytes[next++]!;
    let size = 0;
    // A length has 7 bits a byte, of which the highest says whether another follows.
    let more = true;
    while (more && next < bytes.length) {
      more = (bytes[next]! & 0x80) !== 0;
      size = size * 128 + (bytes[next++]! & 0x7f);
    }
    if (tag === 3) {
      const flags = bytes[next + 2] ?? 0;
      next += 3 + (flags & 0x80 ? 2 : 0) + (flags & 0x20 ? 2 : 0);
      if (flags & 0x40) next += 1 + (bytes[next] ?? 0);
    } else if (tag === 4) {
      object = bytes[next] ?? 0;
      next += 13;
    } else if (tag === 5) {
      return { object, specific: bytes.subarray(next, next + size) };
    } else {
      next += size;
    }
  }
  return { object, specific: undefined };
}
