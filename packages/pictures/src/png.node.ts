// An SVG as pixels, in Node. The font is ours, so that a picture looks the same on every machine.

import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';

const font = fileURLToPath(new URL('../fonts/Inter-Regular.ttf', import.meta.url));
/** Pixels of the PNG for each of the drawing: text stays sharp on dense screens. */
const pixelsPerUnit = 2;
/** Latin, Greek and Cyrillic, punctuation and arrows: what the font has. */
const inFont =
  /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}\p{Script=Inherited}]*$/u;

/** A PNG file of a drawing of this package. */
export function svgToPng(svg: string): Uint8Array {
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: pixelsPerUnit },
    // Looking through the machine's fonts takes a second where there are many, and other scripts need them.
    font: { fontFiles: [font], defaultFontFamily: 'Inter', loadSystemFonts: !inFont.test(svg) },
  });
  return resvg.render().asPng();
}
