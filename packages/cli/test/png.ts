// Reads the PNG files that the command writes, to look at their pixels.

import { crc32, inflateSync } from 'node:zlib';

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of a pixel. */
  at(x: number, y: number): readonly [number, number, number];
}

export function decodePng(bytes: Uint8Array): Picture {
  const file = Buffer.from(bytes);
  if (file.toString('latin1', 1, 4) !== 'PNG') throw new Error('It does not begin as a PNG.');
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const body = file.subarray(at + 4, at + 8 + length);
    if (crc32(body) !== file.readUInt32BE(at + 8 + length)) throw new Error('A checksum is wrong.');
    chunks.set(body.toString('latin1', 0, 4), body.subarray(4));
    at += 12 + length;
  }
  const header = chunks.get('IHDR')!;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  if (header[8] !== 8 || header[9] !== 2) throw new Error('It is not 8-bit RGB.');
  const rows = inflateSync(chunks.get('IDAT')!);
  const stride = 1 + 3 * width;
  if (rows.length !== height * stride) throw new Error('Its pixels do not fill it.');
  for (let y = 1; y < height; y++) {
    if (rows[y * stride] !== 2) throw new Error('Only the filter "up" is read.');
    for (let i = 1; i < stride; i++) rows[y * stride + i]! += rows[(y - 1) * stride + i]!;
  }
  return {
    width,
    height,
    at(x, y) {
      const place = y * stride + 1 + 3 * x;
      return [rows[place]!, rows[place + 1]!, rows[place + 2]!];
    },
  };
}
