// What a model's operations pass around: some elements of a storage, in some order. Transposing, slicing and
// repeating make another view, and nothing is moved until a kernel asks for elements that lie side by side.

import type { Shape } from '@audiozoo/core';
import { elementCount } from '@audiozoo/core/plugin';
import type { Constant, Storage } from './storage.js';

export interface View {
  readonly storage: Storage;
  readonly shape: Shape;
  /** Elements between neighbors along each axis; 0 repeats. */
  readonly steps: readonly number[];
  /** Elements before the first. */
  readonly offset: number;
}

/** All elements of a storage, row by row. */
export function wholeView(storage: Storage, shape: Shape): View {
  return { storage, shape, steps: denseSteps(shape), offset: 0 };
}

/** The steps of elements that lie side by side, row by row. */
export function denseSteps(shape: Shape): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}

/** Whether the elements lie side by side, from an address that kernels read vectors at. */
export function isDense({ shape, steps, offset }: View): boolean {
  const dense = denseSteps(shape);
  return offset % 4 === 0 && shape.every((size, axis) => size === 1 || steps[axis] === dense[axis]);
}

/** Whether a dense view is all of its storage. */
export function isWhole({ storage, shape }: View): boolean {
  const elements = storage.kind === 'activation' ? storage.elements : storage.rows * storage.columns;
  return elementCount(shape) === elements;
}

/** Dimension `permutation[i]` becomes dimension i. */
export function permute(view: View, permutation: readonly number[]): View {
  const { shape, steps } = view;
  return {
    ...view,
    shape: permutation.map((axis) => shape[axis]!),
    steps: permutation.map((axis) => steps[axis]!),
  };
}

/** The permutation that undoes another. */
export function inverse(permutation: readonly number[]): number[] {
  return permutation.map((_, axis) => permutation.indexOf(axis));
}

/** The axes in the order in which a view lies side by side, outermost first; as they are, where it lies in none. */
export function memoryOrder(view: View): readonly number[] {
  const axes = [...view.shape.keys()];
  if (isDense(view)) return axes;
  const order = axes.toSorted((a, b) => view.steps[b]! - view.steps[a]! || a - b);
  return isDense(permute(view, order)) ? order : axes;
}

/** The constant that a view is all of, as it is stored; undefined when it is something else. */
export function constantOf(view: View): Constant | undefined {
  const { storage } = view;
  return storage.kind === 'constant' && isDense(view) && isWhole(view) ? storage : undefined;
}

/** The same elements row by row in another shape, where that is a view of them; undefined where it is not. */
export function reshaped(view: View, shape: Shape): View | undefined {
  const steps: number[] = [];
  // From the innermost axis: as many axes of each as have the same number of elements.
  let own = view.shape.length;
  let end = shape.length;
  while (end > 0) {
    let start = end;
    let elements = 1;
    let ownElements = 1;
    const ownEnd = own;
    do {
      if (elements <= ownElements && start > 0) {
        start -= 1;
        elements *= shape[start]!;
      } else if (own > 0) ownElements *= view.shape[--own]!;
      else return undefined;
    } while (elements !== ownElements);
    const axes = view.shape.slice(own, ownEnd).map((size, axis) => ({ size, step: view.steps[own + axis]! }));
    const long = axes.filter(({ size }) => size > 1);
    const inner = long.at(-1)?.step ?? 0;
    const runs = long.map(({ size }) => size);
    if (!long.every(({ step }, axis) => step === inner * elementCount(runs.slice(axis + 1))))
      return undefined;
    steps.unshift(...denseSteps(shape.slice(start, end)).map((step) => step * inner));
    end = start;
  }
  return view.shape.slice(0, own).every((size) => size === 1) ? { ...view, shape, steps } : undefined;
}

/** The same elements with every axis of one repeated as NumPy does. */
export function broadcast(view: View, shape: Shape): View {
  const added = shape.length - view.shape.length;
  const steps = shape.map((size, axis) => {
    const own = axis - added;
    return own < 0 || (view.shape[own] === 1 && size > 1) ? 0 : view.steps[own]!;
  });
  return { ...view, shape, steps };
}

/** The shape of two that broadcast together; undefined where they do not. */
export function broadcastShape(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const padded = (shape: Shape) => [...Array<number>(rank - shape.length).fill(1), ...shape];
  const [left, right] = [padded(a), padded(b)];
  const fits = left.every((size, axis) => size === right[axis] || size === 1 || right[axis] === 1);
  return fits ? left.map((size, axis) => (size === 1 ? right[axis]! : size)) : undefined;
}

/** Whether the elements of `part`, over and over, are those of `part` broadcast to `shape`. */
export function repeatsInto(part: Shape, shape: Shape): boolean {
  const first = part.findIndex((size) => size !== 1);
  const own = first < 0 ? [] : part.slice(first);
  return own.every((size, axis) => size === shape[shape.length - own.length + axis]);
}

/** A shape whose −1 is what `elements` leave for it; undefined where that does not come out. */
export function resolveShape(elements: number, shape: Shape): Shape | undefined {
  const known = elementCount(shape.filter((size) => size !== -1));
  const resolved = shape.map((size) => (size === -1 ? elements / known : size));
  const fits = resolved.every((size) => Number.isInteger(size) && size > 0);
  return fits && elementCount(resolved) === elements ? resolved : undefined;
}
