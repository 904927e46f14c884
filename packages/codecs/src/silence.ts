const blockFrames = 16_384;

/** Silence in place of what is lost, in pieces. */
export function* silence(frames: number, channels: number): Generator<Float32Array> {
  for (let left = frames; left > 0; left -= blockFrames) {
    yield new Float32Array(Math.min(left, blockFrames) * channels);
  }
}
