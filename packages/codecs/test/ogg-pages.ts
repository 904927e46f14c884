/** The pages of an Ogg file. */
export function oggPages(bytes: Uint8Array): Uint8Array[] {
  const pages: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const segments = bytes[start + 26]!;
    const lacing = bytes.subarray(start + 27, start + 27 + segments);
    const end = start + 27 + segments + lacing.reduce((total, length) => total + length, 0);
    pages.push(bytes.subarray(start, end));
    start = end;
  }
  return pages;
}

/** A file whose pages of sound come several times, numbered as those of one long stream. */
export function lengthened(bytes: Uint8Array, times: number): Uint8Array {
  const pages = oggPages(bytes);
  const isHeader = (page: Uint8Array) => granuleOf(page) === 0n;
  const sound = pages.filter((page) => !isHeader(page)).slice(0, -1); // without the last, which is shorter
  const duration = granuleOf(sound.at(-1)!);
  const headers = pages.filter(isHeader);
  const long = Array.from({ length: times * sound.length }, (_, place) => {
    const page = sound[place % sound.length]!;
    const time = BigInt(Math.floor(place / sound.length));
    return renumbered(page, headers.length + place, granuleOf(page) + duration * time);
  });
  return new Uint8Array(Buffer.concat([...headers, ...long]));
}

function granuleOf(page: Uint8Array): bigint {
  return new DataView(page.buffer, page.byteOffset).getBigInt64(6, true);
}

function renumbered(page: Uint8Array, number: number, granule: bigint): Uint8Array {
  const copy = page.slice();
  const view = new DataView(copy.buffer);
  view.setBigInt64(6, granule, true);
  view.setUint32(18, number, true);
  view.setUint32(22, 0, true);
  view.setUint32(22, checksum(copy), true);
  return copy;
}

/** What each byte makes of a checksum: long files have many. */
const remainders = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc;
});

function checksum(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = (crc << 8) ^ remainders[(crc >>> 24) ^ byte]!;
  return crc >>> 0;
}
