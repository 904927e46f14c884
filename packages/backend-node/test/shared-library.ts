// The smallest file that Linux's loader takes for a shared library of x64: it holds nothing, and needs others.

import { writeFile } from 'node:fs/promises';

const headerBytes = 64;
const programHeaderBytes = 56;
const dynamicBytes = 16;
const symbolBytes = 24;

/** Tags of the dynamic section. */
const tag = { end: 0, needed: 1, hash: 4, strings: 5, symbols: 6, stringBytes: 10, symbolBytes: 11 } as const;

/** Writes a shared library that the loader finds to need the libraries of these names. */
export async function writeSharedLibrary(path: string, needed: readonly string[]): Promise<void> {
  const strings = Buffer.from(`\0${needed.join('\0')}\0`);
  const places = needed.map((name) => strings.indexOf(`\0${name}\0`) + 1);
  const dynamicAt = headerBytes + 2 * programHeaderBytes;
  const dynamicLength = (needed.length + 6) * dynamicBytes;
  const symbolsAt = dynamicAt + dynamicLength;
  const hashAt = symbolsAt + symbolBytes; // of one symbol, the empty one
  const stringsAt = hashAt + 16;
  const file = Buffer.alloc(stringsAt + strings.length);

  const programHeaders = [
    { type: 1, flags: 6, offset: 0, length: file.length, alignment: 0x1000 }, // loaded, to read and write
    { type: 2, flags: 6, offset: dynamicAt, length: dynamicLength, alignment: 8 }, // the dynamic section
  ];
  file.write('\x7fELF\x02\x01\x01', 'latin1'); // 64 bits, little-endian
  file.writeUInt16LE(3, 16); // a shared object
  file.writeUInt16LE(62, 18); // for x64
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(headerBytes), 32);
  file.writeUInt16LE(headerBytes, 52);
  file.writeUInt16LE(programHeaderBytes, 54);
  file.writeUInt16LE(programHeaders.length, 56);
  programHeaders.forEach(({ type, flags, offset, length, alignment }, index) => {
    const at = headerBytes + index * programHeaderBytes;
    file.writeUInt32LE(type, at);
    file.writeUInt32LE(flags, at + 4);
    [offset, offset, offset, length, length, alignment].forEach((value, place) => {
      file.writeBigUInt64LE(BigInt(value), at + 8 + 8 * place);
    });
  });
  const entries = [
    ...places.map((place) => [tag.needed, place] as const),
    [tag.hash, hashAt] as const,
    [tag.strings, stringsAt] as const,
    [tag.symbols, symbolsAt] as const,
    [tag.stringBytes, strings.length] as const,
    [tag.symbolBytes, symbolBytes] as const,
    [tag.end, 0] as const,
  ];
  entries.forEach(([key, value], index) => {
    file.writeBigUInt64LE(BigInt(key), dynamicAt + index * dynamicBytes);
    file.writeBigUInt64LE(BigInt(value), dynamicAt + index * dynamicBytes + 8);
  });
  file.writeUInt32LE(1, hashAt); // one bucket
  file.writeUInt32LE(1, hashAt + 4); // one symbol
  strings.copy(file, stringsAt);
  await writeFile(path, file, { mode: 0o755 });
}
