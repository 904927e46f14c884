// PNG, as little of it as a picture needs: 8-bit RGB, each row told apart from the one above.

import { crc32, deflateSync } from 'node:zlib';

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const bitsPerChannel = 8;
const trueColour = 2;
/** Filter type 2: each byte less the one above it. */
const up = 2;

/** Pixels [height, width, 3] → a PNG file. */
export function encodePng(width: number, height: number, rgb: Uint8Array): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = bitsPerChannel;
  header[9] = trueColour;

  const rowBytes = width * 3;
  const rows = Buffer.alloc(height * (1 + rowBytes));
  for (let y = 0; y < height; y++) {
    const at = y * (1 + rowBytes);
    rows[at] = up;
    for (let i = 0; i < rowBytes; i++) {
      const above = y > 0 ? rgb[(y - 1) * rowBytes + i]! : 0;
      rows[at + 1 + i] = rgb[y * rowBytes + i]! - above;
    }
  }
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const result = Buffer.alloc(4 + body.length + 4);
  result.writeUInt32BE(data.length, 0);
  body.copy(result, 4);
  result.writeUInt32BE(crc32(body), 4 + body.length);
  return result;
}
