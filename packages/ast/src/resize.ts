// A trained AST for inputs of another length or number of mel bins: only its position embeddings change. They are
// interpolated for each length, so that no one program is right for all: its input has no `length`.

import { AudiozooError, type Resizing } from '@audiozoo/core';
import { type AstConfig, mostPatches, type PatchGrid, patchGrid } from './config.js';

/** Shares of the input that are worth a graph of their own: attention's work grows with the square. */
const lengthShares = [1 / 8, 1 / 4, 1 / 2];

export const resizing: Resizing<AstConfig> = {
  sizes: {
    frames: { kind: 'count', help: 'length in frames of 10 ms' },
    melBins: { kind: 'count', help: 'mel bins' },
  },

  lengths({ frames, patchSize }) {
    const shorter = lengthShares.map((share) => Math.round(frames * share));
    return [...shorter.filter((length) => length >= patchSize), frames].map((frames) => ({ frames }));
  },

  config(
    trained,
    {
      frames = trained.frames,
      melBins = trained.melBins,
    }: { readonly frames?: number; readonly melBins?: number },
  ) {
    checkSize('frames', frames, trained.patchSize);
    checkSize('melBins', melBins, trained.patchSize);
    const config = { ...trained, frames, melBins, storedGrid: trained.storedGrid ?? patchGrid(trained) };
    checkGrid(patchGrid(config));
    return config;
  },
};

/** Refuses grids whose positions and attention would fill the memory. */
export function checkGrid({ rows, columns }: PatchGrid): void {
  if (rows * columns <= mostPatches) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'the input is too large',
    expected: `at most ${mostPatches} patches`,
    got: `${rows} × ${columns}`,
    option: ['size.frames', 'size.melBins'],
    hint: 'Ask for fewer frames or mel bins, and take long recordings in windows.',
  });
}

function checkSize(name: string, size: number, patchSize: number): void {
  if (Number.isSafeInteger(size) && size >= patchSize) return;
  throw new AudiozooError({
    code: 'argument',
    what: `${name} does not fit`,
    option: `size.${name}`,
    expected: `a whole number, at least ${patchSize}: one patch`,
    got: `${size}`,
  });
}
