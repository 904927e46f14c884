// matplotlib's magma: perceptually even, dark to bright, so that louder always looks louder and the picture
// reads the same in grey and to color-blind eyes. Nine of its colors, interpolated: nowhere off by more
// than the eye can see.

const stops = [
  [0, 0, 4],
  [28, 16, 68],
  [79, 18, 123],
  [129, 37, 129],
  [181, 54, 122],
  [229, 80, 100],
  [251, 135, 97],
  [254, 194, 135],
  [252, 253, 191],
] as const;

/** 256 colors from dark to bright, as canvas pixels: red, green, blue, opaque. */
export const magma: Uint32Array = (() => {
  const pixels = new Uint8ClampedArray(4 * 256);
  for (let level = 0; level < 256; level++) {
    const place = (level / 255) * (stops.length - 1);
    const below = Math.min(Math.floor(place), stops.length - 2);
    const rest = place - below;
    for (let channel = 0; channel < 3; channel++) {
      const from = stops[below]![channel]!;
      pixels[4 * level + channel] = from + rest * (stops[below + 1]![channel]! - from);
    }
    pixels[4 * level + 3] = 255;
  }
  return new Uint32Array(pixels.buffer);
})();
