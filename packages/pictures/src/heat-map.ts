// Pixels inside a picture: a PNG in a data URL, since a rectangle for each number would be megabytes.

import { encode } from 'fast-png';
import { element, type Rectangle } from './svg.js';

/** Red, green and blue, from 0 to 255. */
export type Color = readonly [number, number, number];

/** `colorAt` is asked for each pixel of the area, (0, 0) at the upper left. */
export function heatMap(area: Rectangle, colorAt: (x: number, y: number) => Color): string {
  const { width, height } = area;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) data.set(colorAt(x, y), at);
  }
  const png = encode({ width, height, data, channels: 3 });
  return element('image', { ...area, href: `data:image/png;base64,${base64(png)}` });
}

/** In pieces: a call takes only so many arguments. */
function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(binary);
}
