// How a checkpoint's input was cut into patches cannot be read off it; only the number of patches can. Few
// answers give that number, and usually one is the one people train with.

import { classTokens, patchGrid } from './config.js';

const usual = { melBins: 128, patchSize: 16 };
const usualStrides = [16, 14, 12, 10, 8];
/** Powers of two first, which input lengths usually are. */
const usualFrames = [64, 128, 256, 512, 1024, 2048, 96, 100, 192, 200, 300, 400, 500, 600, 800, 1000];

/** The likeliest settings that give this many tokens. */
export function usualInput(tokens: number): Record<'fstride' | 'tstride' | 'frames', number> | undefined {
  for (const stride of usualStrides) {
    const frames = usualFrames.find((frames) => {
      const grid = patchGrid({ ...usual, frames, frequencyStride: stride, timeStride: stride });
      return classTokens + grid.rows * grid.columns === tokens;
    });
    if (frames !== undefined) return { fstride: stride, tstride: stride, frames };
  }
  return undefined;
}
