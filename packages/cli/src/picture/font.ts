// One font in one size, for pictures that are written without a display. Accents are dropped; what is not
// ASCII then is a question mark.

import { inflateRawSync } from 'node:zlib';
import { advances, lineHeight, pixels } from './font-data.js';

export { lineHeight } from './font-data.js';

export interface Glyph {
  readonly width: number;
  /** How much of each pixel is ink, from 0 to 1: [lineHeight, width]. */
  readonly ink: Float32Array;
}

const firstCode = 32;
let glyphs: readonly Glyph[] | undefined; // unpacked when text is first drawn

/** The glyphs of a text, in a row. */
export function glyphsOf(text: string): readonly Glyph[] {
  glyphs ??= unpack();
  const plain = text.normalize('NFD').replace(/\p{Mn}/gu, '');
  return Array.from(plain, (character) => {
    const place = character.codePointAt(0)! - firstCode;
    return glyphs![place] ?? glyphs!['?'.charCodeAt(0) - firstCode]!;
  });
}

/** Pixels that a text is wide. */
export function textWidth(text: string): number {
  return glyphsOf(text).reduce((sum, { width }) => sum + width, 0);
}

function unpack(): readonly Glyph[] {
  const bytes = inflateRawSync(Buffer.from(pixels, 'base64'));
  let position = 0; // in half bytes
  return advances.map((width) => {
    const ink = Float32Array.from({ length: width * lineHeight }, () => {
      const byte = bytes[position >> 1]!;
      return (position++ % 2 === 0 ? byte >> 4 : byte & 15) / 15;
    });
    return { width, ink };
  });
}
