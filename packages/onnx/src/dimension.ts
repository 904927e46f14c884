// Sizes while tracing. Two are not known before a run: the batch, and how long inputs are that a model is traced for any
// length of. What becomes of them when axes are joined, cut into patches or convolved stays exact: so many times the
// batch, a length, or both.

import type { Shape } from '@audiozoo/core';

export type Size = number | UnknownSize;
export type Sizes = readonly Size[];

/** `times` the batch, where that is a part of it, and the length. */
export interface UnknownSize {
  readonly times: number;
  readonly batch?: true;
  readonly length?: Length;
}

/** ⌊(n + plus) / per⌋ of inputs that are n long: what convolutions and patches leave of it. */
export interface Length {
  /** What n is called, and its bounds. */
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly plus: number;
  readonly per: number;
}

export const batch: UnknownSize = { times: 1, batch: true };

export const isKnown = (size: Size | undefined): size is number => typeof size === 'number';

/** `[batch, 12, 64]`, as people write shapes in messages. */
export function formatDimensions(sizes: Sizes): string {
  return `[${sizes.map(dimensionName).join(', ')}]`;
}

/** What ONNX calls a size: `64`, `12 * batch`, `4 * batch * floor(frames / 16)`. Equal sizes have one name. */
export function dimensionName(size: Size): string {
  if (isKnown(size)) return `${size}`;
  const { times, batch, length } = size;
  const factors = [
    times === 1 ? [] : `${times}`,
    batch ? 'batch' : [],
    length ? lengthName(length) : [],
  ].flat();
  return factors.length === 1 ? factors[0]!.replace(/^\((.*)\)$/, '$1') : factors.join(' * ');
}

function lengthName({ name, plus, per }: Length): string {
  const sign = plus < 0 ? '-' : '+';
  const sum = plus === 0 ? name : `${name} ${sign} ${Math.abs(plus)}`;
  if (per > 1) return `floor(${plus === 0 ? name : `(${sum})`} / ${per})`;
  return plus === 0 ? name : `(${sum})`;
}

export const sameSize = (a: Size | undefined, b: Size | undefined): boolean =>
  a !== undefined && b !== undefined && dimensionName(a) === dimensionName(b);

export const sameSizes = (a: Sizes, b: Sizes): boolean =>
  a.length === b.length && a.every((size, axis) => sameSize(size, b[axis]));

/** Of one clip, of the shortest or the longest inputs. */
export function sizeAt(size: Size, bound: 'least' | 'most'): number {
  if (isKnown(size)) return size;
  const { times, length } = size;
  return length ? times * Math.floor((length[bound] + length.plus) / length.per) : times;
}

export const shapeAt = (sizes: Sizes, bound: 'least' | 'most'): Shape =>
  sizes.map((size) => sizeAt(size, bound));

/** a · b; undefined where both hang on the batch, or both on a length. */
export function product(a: Size, b: Size): Size | undefined {
  const [left, right] = [a, b].map((size): UnknownSize => (isKnown(size) ? { times: size } : size)) as [
    UnknownSize,
    UnknownSize,
  ];
  if ((left.batch && right.batch) || (left.length && right.length)) return undefined;
  return normal({ times: left.times * right.times, ...inBoth(left, right) });
}

/** Elements of such a tensor; undefined as of `product`. */
export function elementsOf(sizes: Sizes): Size | undefined {
  return sizes.reduce<Size | undefined>(
    (count, size) => (count === undefined ? undefined : product(count, size)),
    1,
  );
}

/** a / b, where that is a size whatever is not known. */
function quotient(a: Size, b: Size): Size | undefined {
  const { times, batch, length }: UnknownSize = isKnown(a) ? { times: a } : a;
  const by: UnknownSize = isKnown(b) ? { times: b } : b;
  const isPart =
    times % by.times === 0 &&
    (!by.batch || batch) &&
    (!by.length || (length && lengthName(by.length) === lengthName(length)));
  if (!isPart) return undefined;
  return normal({
    times: times / by.times,
    ...(batch && !by.batch && { batch }),
    ...(length && !by.length && { length }),
  });
}

const inBoth = (a: UnknownSize, b: UnknownSize): Omit<UnknownSize, 'times'> => ({
  ...((a.batch || b.batch) && { batch: true }),
  ...((a.length || b.length) && { length: (a.length ?? b.length)! }),
});

const normal = (size: UnknownSize): Size => (size.batch || size.length ? size : size.times);

/** The size that two sizes have after NumPy's broadcasting, or undefined when they do not fit. */
function broadcastSize(a: Size, b: Size): Size | undefined {
  if (b === 1 || sameSize(a, b)) return a;
  return a === 1 ? b : undefined;
}

/** The shape that two shapes have after NumPy's broadcasting, or undefined when they do not fit. */
export function broadcastShape(a: Sizes, b: Sizes): Sizes | undefined {
  const rank = Math.max(a.length, b.length);
  const sizes = Array.from({ length: rank }, (_, axis) =>
    broadcastSize(a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1),
  );
  return sizes.includes(undefined) ? undefined : (sizes as Sizes);
}

/** The shape that `Ops.reshape` makes of x when told `target`; undefined where that does not come out. */
export function resolveShape(x: Sizes, target: Shape): Sizes | undefined {
  const kept = target.map((size, axis) => (size === 0 ? x[axis] : size));
  const open = target.indexOf(-1);
  const fits = kept.every((size, axis) => axis === open || (size !== undefined && size !== -1));
  if (!fits || !target.every((size) => Number.isInteger(size) && size >= -1)) return undefined;
  const sizes = kept as Sizes;
  const [count, rest] = [elementsOf(x), elementsOf(open < 0 ? sizes : sizes.toSpliced(open, 1))];
  if (count === undefined || rest === undefined) return undefined;
  if (open < 0) return sameSize(count, rest) ? sizes : undefined;
  const left = quotient(count, rest);
  return left === undefined ? undefined : sizes.with(open, left);
}

/** How many windows of `length` every `stride` a size has room for, with `padding` at both ends; undefined of what was flattened. */
export function windowCount(size: Size, length: number, stride: number, padding = 0): Size | undefined {
  const more = 2 * padding - length + stride;
  if (isKnown(size)) return Math.floor((size + more) / stride);
  if (size.times !== 1 || size.batch || !size.length) return undefined;
  const { plus, per } = size.length;
  return { times: 1, length: { ...size.length, plus: plus + per * more, per: per * stride } };
}
