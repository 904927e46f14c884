import type { Shape } from '@audiozoo/core';

/** −1 where a size hangs on the batch, as `reshape` takes it. */
export function openShape(shape: Shape): Shape {
  return shape.map((size) => (size < 0 ? -1 : size));
}
