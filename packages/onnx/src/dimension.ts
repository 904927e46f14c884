// Sizes while tracing. The batch is the one size that is not known: it is written −1, and −k means k
// times the batch, which is what becomes of it when [B, N, D] is flattened to [B · N, D]. So products of
// sizes stay exact, and at most one size of a shape may be negative.

import type { Shape } from '@audiozoo/core';

/** `[batch, 12, 64]`, as people write shapes in messages. */
export function formatDimensions(shape: Shape): string {
  return `[${shape.map((size) => (size < 0 ? dimensionName(size) : size)).join(', ')}]`;
}

/** What ONNX calls a size that is not known: `batch`, `12 * batch`. */
export function dimensionName(size: number): string {
  return size === -1 ? 'batch' : `${-size} * batch`;
}

/** The size that two sizes have after NumPy's broadcasting, or undefined when they do not fit. */
export function broadcastSize(a: number, b: number): number | undefined {
  if (a === b || b === 1) return a;
  return a === 1 ? b : undefined;
}

/** The shape that two shapes have after NumPy's broadcasting, or undefined when they do not fit. */
export function broadcastShape(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const sizes = Array.from({ length: rank }, (_, axis) =>
    broadcastSize(a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1),
  );
  return sizes.includes(undefined) ? undefined : (sizes as Shape);
}

/**
 * `target` with its −1 replaced by the size that keeps `count` elements (negative: times the batch), or
 * undefined when no size does.
 */
export function resolveShape(count: number, target: Shape): Shape | undefined {
  const open = target.indexOf(-1);
  const rest = target.reduce((product, size, axis) => (axis === open ? product : product * size), 1);
  if (!target.every((size, axis) => axis === open || (Number.isInteger(size) && size > 0))) return undefined;
  if (open === -1) return rest === count ? target : undefined;
  return count % rest === 0 ? target.with(open, count / rest) : undefined;
}
