// Nodes that move elements without changing them, for operations that are made of several.

import { formatDimensions, isKnown, type Sizes, sameSize, sameSizes } from './dimension.js';
import type { Edge, GraphBuilder } from './graph.js';

export interface Layout {
  /** x in a shape with as many elements, already checked. */
  reshape(x: Edge, shape: Sizes, scope: string): Edge;
  /** x in the shape of `like` but for the last size, which is `width`. */
  reshapeLike(x: Edge, like: Edge, width: number, scope: string): Edge;
  transpose(x: Edge, permutation: readonly number[], scope: string): Edge;
}

export function layoutOf(graph: GraphBuilder): Layout {
  /** What stands in front of the last size at run, by its name: many tensors have the same. */
  const leadings = new Map<string, Edge>();

  /** What Reshape is told: sizes, 0 where one that is not known stays on its axis, −1 where it is left over. */
  function toldTo(x: Edge, shape: Sizes): readonly number[] | undefined {
    const unknown = [...shape.keys()].filter((axis) => !isKnown(shape[axis]));
    const moved = unknown.filter((axis) => !sameSize(shape[axis], x.shape[axis]));
    const open = unknown.length === 1 ? unknown : moved;
    if (open.length > 1) return undefined;
    return shape.map((size, axis) => (isKnown(size) ? size : open.includes(axis) ? -1 : 0));
  }

  function reshape(x: Edge, shape: Sizes, scope: string): Edge {
    if (sameSizes(x.shape, shape)) return x;
    const inputs = [x, graph.int64s(...toldTo(x, shape)!)];
    return graph.node('Reshape', { scope, inputs, shape });
  }

  function reshapeLike(x: Edge, like: Edge, width: number, scope: string): Edge {
    const shape = like.shape.with(-1, width);
    if (sameSizes(x.shape, shape) || toldTo(x, shape)) return reshape(x, shape, scope);
    const inputs = [leadingOf(like, scope), graph.int64s(width)];
    const attributes = { axis: { int: 0 } };
    const target = graph.node('Concat', { scope, inputs, shape: [shape.length], attributes });
    return graph.node('Reshape', { scope, inputs: [x, target], shape });
  }

  function leadingOf(like: Edge, scope: string): Edge {
    const leading = like.shape.slice(0, -1);
    const name = formatDimensions(leading);
    const known = leadings.get(name);
    if (known) return known;
    const attributes = { start: { int: 0 }, end: { int: leading.length } };
    const shape = [leading.length];
    const edge = graph.node('Shape', { scope, inputs: [like], shape, dtype: 'int64', attributes });
    leadings.set(name, edge);
    return edge;
  }

  function transpose(x: Edge, permutation: readonly number[], scope: string): Edge {
    const shape = permutation.map((axis) => x.shape[axis]!);
    const attributes = { perm: { ints: permutation } };
    return graph.node('Transpose', { scope, inputs: [x], shape, attributes });
  }

  return { reshape, reshapeLike, transpose };
}
