// Numbers as colours. Magma (Stéfan van der Walt and Nathaniel Smith, CC0): even steps in number are even steps
// to the eye, also without colour vision and on paper.

import type { Colour } from './canvas.js';

const stops: readonly Colour[] = [
  [0, 0, 4],
  [20, 14, 54],
  [59, 15, 112],
  [100, 26, 128],
  [140, 41, 129],
  [183, 55, 121],
  [222, 73, 104],
  [247, 112, 92],
  [254, 159, 109],
  [254, 207, 146],
  [252, 253, 191],
];

/** The colour of a number from 0 to 1. */
export function magma(value: number): Colour {
  const place = Math.min(Math.max(value, 0), 1) * (stops.length - 1);
  const lower = Math.min(Math.floor(place), stops.length - 2);
  return mix(stops[lower]!, stops[lower + 1]!, place - lower);
}

/** `share` of b and the rest of a. */
export function mix(a: Colour, b: Colour, share: number): Colour {
  return [0, 1, 2].map((i) => a[i]! * (1 - share) + b[i]! * share) as unknown as Colour;
}
