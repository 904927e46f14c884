// The checksums of FLAC: CRC-8 of a frame's header, CRC-16 of all of it.

const table8 = Uint8Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x80 ? 0x07 : 0);
  return crc;
});

const table16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x8000 ? 0x8005 : 0);
  return crc;
});

export function crc8(bytes: Uint8Array, end: number): number {
  let crc = 0;
  for (let index = 0; index < end; index++) crc = table8[crc ^ bytes[index]!]!;
  return crc;
}

export function crc16(bytes: Uint8Array, end: number): number {
  let crc = 0;
  for (let index = 0; index < end; index++)
    crc = ((crc << 8) & 0xffff) ^ table16[(crc >> 8) ^ bytes[index]!]!;
  return crc;
}
