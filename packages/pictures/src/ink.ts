// What all pictures are drawn with, and on.

export const paper = '#ffffff';
export const ink = '#26262e';
/** Of what explains: contrast 4.9 on paper. */
export const faintInk = '#6b6b78';
export const gridLine = '#e3e3ea';
