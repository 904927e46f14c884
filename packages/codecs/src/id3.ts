import type { ByteReader } from './byte-reader.js';
import type { Listener } from './listener.js';
import { startsWith } from './starts-with.js';

const headerBytes = 10;
/** So that some hundreds are too many. */
const stepsPerTag = 2 ** 14;

/** Skips tags (ID3v2) that lie before the sound, in files of any kind. */
export async function skipId3(reader: ByteReader, { rest, waste }: Listener): Promise<void> {
  for (;;) {
    const header = await reader.peek(headerBytes);
    if (header.length < headerBytes || !startsWith(header, 'ID3')) return;
    waste(stepsPerTag);
    await rest();
    // Lengths have 7 bits a byte, so that no byte looks like the beginning of an MP3 frame.
    const length = header.subarray(6, 10).reduce((total, byte) => total * 128 + (byte & 0x7f), 0);
    const footer = header[5]! & 0x10 ? headerBytes : 0;
    reader.position += headerBytes + length + footer;
  }
}
