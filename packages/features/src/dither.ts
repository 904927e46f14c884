// Seeded noise. Each frame's noise depends on the seed and the frame's number alone, so that a stream
// adds the same as the whole signal does.

/** Adds normal noise of standard deviation `scale` to a frame. The same seed and frame, the same noise. */
export function addNoise(frame: Float32Array, scale: number, seed: number, frameIndex: number): void {
  let state = scramble(scramble(seed ^ Math.floor(seed / 2 ** 32)) ^ frameIndex);
  // A counter that is scrambled (splitmix32), uniform in (0, 1).
  const uniform = () => {
    state = (state + 0x9e3779b9) | 0;
    return ((scramble(state) >>> 0) + 0.5) / 2 ** 32;
  };
  for (let index = 0; index < frame.length; index += 2) {
    // Box and Muller: two uniform numbers make two normal ones.
    const radius = scale * Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    frame[index]! += radius * Math.cos(angle);
    if (index + 1 < frame.length) frame[index + 1]! += radius * Math.sin(angle);
  }
}

function scramble(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return bits ^ (bits >>> 15);
}
