// What somebody says into the microphone: clips one after the other, with pauses.

import { readFile } from 'node:fs/promises';

const headerBytes = 44;

/** A WAV file of 16-bit mono clips that share one rate, each followed by silence. */
export async function spokenWav(clips: readonly string[], pause: number): Promise<Buffer> {
  const files = await Promise.all(clips.map((path) => readFile(path)));
  const header = Buffer.from(files[0]!.subarray(0, headerBytes));
  const rate = header.readUInt32LE(24);
  for (const file of files) {
    if (file.toString('latin1', 36, 40) !== 'data' || file.readUInt32LE(24) !== rate) {
      throw new Error('The clips are not plain WAV files of one rate.');
    }
  }
  const silence = Buffer.alloc(2 * Math.round(pause * rate));
  const data = Buffer.concat(files.flatMap((file) => [file.subarray(headerBytes), silence]));
  header.writeUInt32LE(headerBytes - 8 + data.length, 4);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}
