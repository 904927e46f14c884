// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3; SC 2011): random numbers that are a
// function of a key and a counter. Nothing has to be remembered, so whoever resumes in the middle draws what would have been drawn.

const multipliers = [0xd2511f53, 0xcd9e8d57] as const;
/** What the key grows by in each round: parts of the golden ratio and of the root of 3. */
const steps = [0x9e3779b9, 0xbb67ae85] as const;
const rounds = 10;

export type Counter = readonly [number, number, number, number];
export type Key = readonly [number, number];

/** Four words of 32 bits for a counter of four and a key of two. */
export function philox(counter: Counter, key: Key): [number, number, number, number] {
  let [a, b, c, d] = counter;
  let [left, right] = key;
  for (let round = 0; round < rounds; round++) {
    const [highA, lowA] = [highProduct(multipliers[0], a), Math.imul(multipliers[0], a)];
    const [highC, lowC] = [highProduct(multipliers[1], c), Math.imul(multipliers[1], c)];
    [a, b, c, d] = [highC ^ b ^ left, lowC, highA ^ d ^ right, lowA];
    left = (left + steps[0]) | 0;
    right = (right + steps[1]) | 0;
  }
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
}

/** The upper 32 bits of a product of two words. */
function highProduct(x: number, y: number): number {
  const [xHigh, xLow, yHigh, yLow] = [x >>> 16, x & 0xffff, y >>> 16, y & 0xffff];
  const middle = xHigh * yLow + ((xLow * yLow) >>> 16);
  const carried = xLow * yHigh + (middle % 0x10000);
  return (xHigh * yHigh + Math.floor(middle / 0x10000) + Math.floor(carried / 0x10000)) | 0;
}
