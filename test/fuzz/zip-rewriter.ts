// Takes a zip apart and puts it together with other contents: sizes and checksums fit again, so that edits reach what
// lies behind them.

import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { joined } from './mutations.js';

export interface ZipEntry {
  readonly name: string;
  readonly isDeflated: boolean;
  readonly content: Uint8Array;
}

/** The entries of a sound archive. */
export function readEntries(archive: Uint8Array): readonly ZipEntry[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = archive.length - 22;
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  return Array.from({ length: count }, () => {
    const isDeflated = view.getUint16(at + 10, true) === 8;
    const size = view.getUint32(at + 20, true);
    const nameLength = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(archive.subarray(at + 46, at + 46 + nameLength));
    const local = view.getUint32(at + 42, true);
    const data = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const stored = archive.subarray(data, data + size);
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    return { name, isDeflated, content: isDeflated ? new Uint8Array(inflateRawSync(stored)) : stored };
  });
}

/** An archive of entries. */
export function writeEntries(entries: readonly ZipEntry[]): Uint8Array {
  const locals: Uint8Array[] = [];
  const centrals: Uint8Array[] = [];
  let offset = 0;
  for (const { name, isDeflated, content } of entries) {
    const nameBytes = new TextEncoder().encode(name);
    const data = isDeflated ? deflateRawSync(content) : content;
    const common = new DataView(new ArrayBuffer(26)); // what both records hold, from the version on
    common.setUint16(0, 20, true);
    common.setUint16(4, isDeflated ? 8 : 0, true);
    common.setUint32(10, crc32(content), true);
    common.setUint32(14, data.length, true);
    common.setUint32(18, content.length, true);
    common.setUint16(22, nameBytes.length, true);
    const shared = new Uint8Array(common.buffer);
    locals.push(Uint8Array.of(0x50, 0x4b, 3, 4), shared, nameBytes, data);
    const place = new DataView(new ArrayBuffer(14));
    place.setUint32(10, offset, true);
    centrals.push(Uint8Array.of(0x50, 0x4b, 1, 2, 20, 0), shared, new Uint8Array(place.buffer), nameBytes);
    offset += 30 + nameBytes.length + data.length;
  }
  const central = joined(...centrals);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, entries.length, true);
  end.setUint16(10, entries.length, true);
  end.setUint32(12, central.length, true);
  end.setUint32(16, offset, true);
  return joined(...locals, central, new Uint8Array(end.buffer));
}
