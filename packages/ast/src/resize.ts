// A trained AST for inputs of another length or number of mel bins: only its position embeddings change.

import { AudiozooError, type Resizing, readTensor, tensor, toFloat32 } from '@audiozoo/core';
import { checkWeights, replaceWeights } from '@audiozoo/core/plugin';
import { type AstConfig, mostPatches, type PatchGrid, patchGrid } from './config.js';
import { parameters } from './model.js';
import { adaptPositions } from './positions.js';

/** Shares of the input that are worth a graph of their own: attention's work grows with the square. */
const lengthShares = [1 / 8, 1 / 4, 1 / 2];

export const resizing: Resizing<AstConfig> = {
  lengths: ({ frames, patchSize }) => [
    ...lengthShares.map((share) => Math.round(frames * share)).filter((length) => length >= patchSize),
    frames,
  ],

  config(trained, { frames = trained.frames, melBins = trained.melBins }) {
    checkSize('frames', frames, trained.patchSize);
    checkSize('melBins', melBins, trained.patchSize);
    const config = { ...trained, frames, melBins };
    checkGrid(patchGrid(config));
    return config;
  },

  async weights(weights, from, to) {
    const tree = parameters(from);
    const tensors = checkWeights(tree, weights.tensors);
    const [grid, newGrid] = [patchGrid(from), patchGrid(to)];
    if (grid.rows === newGrid.rows && grid.columns === newGrid.columns) return weights;
    const { name } = tree.positions;
    const positions = toFloat32(await readTensor(tensors.get(name)!));
    const { shape } = parameters(to).positions;
    const adapted = tensor('float32', shape, adaptPositions(positions, grid, newGrid));
    return replaceWeights({ tensors, close: () => weights.close() }, { [name]: adapted });
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
    hint: 'Ask for fewer frames or mel bins, and take long recordings in windows.',
  });
}

function checkSize(name: string, size: number, patchSize: number): void {
  if (Number.isSafeInteger(size) && size >= patchSize) return;
  throw new AudiozooError({
    code: 'argument',
    what: `${name} does not fit`,
    expected: `a whole number, at least ${patchSize}: one patch`,
    got: `${size}`,
  });
}
