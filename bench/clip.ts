/** Ten seconds at 16 kHz that fill the spectrum: a rising tone with overtones over noise. Always the same. */
export function clip(seconds = 10, sampleRate = 16000): Float32Array {
  let state = 1;
  const noise = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0; // Numerical Recipes' generator
    return state / 2 ** 31;
  };
  return Float32Array.from({ length: seconds * sampleRate }, (_, index) => {
    const time = index / sampleRate;
    const phase = 2 * Math.PI * (110 * time + 60 * time * time);
    return 0.3 * Math.sin(phase) + 0.1 * Math.sin(3 * phase) + 0.05 * noise();
  });
}
