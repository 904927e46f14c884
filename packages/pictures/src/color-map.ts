// Numbers as colors. In magma even steps in number are even steps to the eye, also without color vision and on paper.

import { interpolateMagma } from 'd3-scale-chromatic';
import type { Color } from './heat-map.js';

const steps = 255;
const table: readonly Color[] = Array.from({ length: steps + 1 }, (_, step) => {
  const hexadecimal = Number.parseInt(interpolateMagma(step / steps).slice(1), 16);
  return [hexadecimal >> 16, (hexadecimal >> 8) & 255, hexadecimal & 255];
});

/** The color of a number; those outside 0 to 1 have those of the ends. */
export function magma(value: number): Color {
  return table[Math.round(Math.min(Math.max(value, 0), 1) * steps)]!;
}

/** `share` of b and the rest of a. */
export function mix(a: Color, b: Color, share: number): Color {
  return [0, 1, 2].map((i) => a[i]! * (1 - share) + b[i]! * share) as unknown as Color;
}

export function css([red, green, blue]: Color): string {
  return `rgb(${Math.round(red)} ${Math.round(green)} ${Math.round(blue)})`;
}
