/** Sizes of a tensor's dimensions, outermost first. */
export type Shape = readonly number[];

/** Number of elements that a tensor of this shape holds; a scalar (`[]`) holds one. */
export function elementCount(shape: Shape): number {
  return shape.reduce((count, size) => count * size, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** `[2, 3]`, as people write shapes in messages. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
