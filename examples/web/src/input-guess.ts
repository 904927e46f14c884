// How a checkpoint's input was cut into patches cannot be read off it; only the number of patches can. Few
// answers give that number, and usually one is the one people train with.

/** In conversion's settings: strides of patches, input length in frames. */
export interface InputGuess {
  readonly fstride: number;
  readonly tstride: number;
  readonly frames: number;
}

const patchSize = 16;
const melBins = 128;
const commonStrides = [16, 14, 12, 10, 8];
const commonFrames = [64, 96, 100, 128, 192, 200, 256, 300, 400, 500, 512, 600, 800, 1000, 1024, 2048];

/** The usual settings that give this many tokens (patches and two class tokens), likeliest first. */
export function guessInputs(tokens: number): InputGuess[] {
  return commonStrides.flatMap((stride) => {
    const rows = Math.floor((melBins - patchSize) / stride) + 1;
    const fits = (frames: number) => rows * (Math.floor((frames - patchSize) / stride) + 1) + 2 === tokens;
    // Powers of two are what input lengths usually are.
    const frames = commonFrames
      .filter(fits)
      .sort((a, b) => Number(isPowerOfTwo(b)) - Number(isPowerOfTwo(a)));
    return frames.slice(0, 1).map((length) => ({ fstride: stride, tstride: stride, frames: length }));
  });
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
