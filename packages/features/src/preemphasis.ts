/**
 * Pre-emphasis of one signal that comes in pieces: each sample less `share` of the one before it. The first has none
 * before it; it comes out as it is, and is not to be heard.
 */
export function createPreemphasis(share: number): (samples: Float32Array) => Float32Array {
  let last = 0;
  return (samples) => {
    const emphasized = new Float32Array(samples.length);
    let previous = last; // what outlives a call is slow to write
    for (let index = 0; index < samples.length; index++) {
      const sample = samples[index]!;
      emphasized[index] = sample - share * previous;
      previous = sample;
    }
    last = previous;
    return emphasized;
  };
}
