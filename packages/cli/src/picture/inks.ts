// What all pictures are written with, and on.

import type { Colour } from './canvas.js';

export const paper: Colour = [255, 255, 255];
export const ink: Colour = [38, 38, 46];
export const faintInk: Colour = [110, 110, 122];
