import { magma as color } from '@audiozoo/pictures';

/** 256 colors from dark to bright, as canvas pixels: red, green, blue, opaque. */
export const magma = new Uint32Array(
  Uint8ClampedArray.from(Array.from({ length: 256 }, (_, level) => [...color(level / 255), 255]).flat())
    .buffer,
);
