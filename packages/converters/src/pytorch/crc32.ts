// CRC-32 as zip uses it. Eight bytes a step ("slicing by 8"), because every byte of a checkpoint passes
// through here; the Web has no built-in one.

const slices = 8;
const tables = makeTables();

function makeTables(): Uint32Array {
  const table = new Uint32Array(slices * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    table[byte] = value;
  }
  for (let index = 256; index < table.length; index++) {
    const previous = table[index - 256]!;
    table[index] = (previous >>> 8) ^ table[previous & 0xff]!;
  }
  return table;
}

/** The CRC-32 of what came before (`crc`, 0 at the start) followed by `bytes`. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  const table = tables;
  let value = ~crc;
  let index = 0;
  for (const last = bytes.length - slices; index <= last; index += slices) {
    const low =
      value ^
      (bytes[index]! | (bytes[index + 1]! << 8) | (bytes[index + 2]! << 16) | (bytes[index + 3]! << 24));
    value =
      table[1792 + (low & 0xff)]! ^
      table[1536 + ((low >>> 8) & 0xff)]! ^
      table[1280 + ((low >>> 16) & 0xff)]! ^
      table[1024 + (low >>> 24)]! ^
      table[768 + bytes[index + 4]!]! ^
      table[512 + bytes[index + 5]!]! ^
      table[256 + bytes[index + 6]!]! ^
      table[bytes[index + 7]!]!;
  }
  for (; index < bytes.length; index++) value = (value >>> 8) ^ table[(value ^ bytes[index]!) & 0xff]!;
  return ~value >>> 0;
}
