// What a name tells of a sound file: whether it is one, and with its size how long it may be.

import { extname } from 'node:path';

/** Bytes of a second, as such files usually have them. */
const bytesPerSecond: ReadonlyMap<string, number> = new Map([
  ...rate(64_000, 'wav wave bwf rf64 w64 aif aiff aifc caf au snd sph nist voc'),
  ...rate(50_000, 'flac wv ape tta alac'),
  ...rate(16_000, 'mp3 mp2 mpga m4a m4b aac ogg oga opus spx wma asf mka weba ac3 dts mpc'),
  ...rate(1_500, 'amr awb 3gp 3g2'),
  ...rate(250_000, 'mp4 m4v mov mkv webm avi flv mpg mpeg ogv wmv dsf dff'),
]);
const usualRate = 16_000;

/** Of what nobody has looked at. */
export const unknownSeconds = 10;

/** Whether a file is sound, by the ending of its name. */
export function hasSoundName(name: string): boolean {
  return bytesPerSecond.has(endingOf(name));
}

/** Seconds that a file of so many bytes may be long. */
export function guessSeconds(name: string, bytes: number): number {
  return bytes / (bytesPerSecond.get(endingOf(name)) ?? usualRate);
}

function endingOf(name: string): string {
  return extname(name).slice(1).toLowerCase();
}

function rate(bytes: number, endings: string): [string, number][] {
  return endings.split(' ').map((ending) => [ending, bytes]);
}
