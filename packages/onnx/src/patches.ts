// Cutting patches as nodes. Overlapping patches repeat rows, then columns: two gathers of whole rows, with a transpose
// between, copy contiguous memory and need indices for one axis each, not for every element.

import { type Ops, tensor } from '@audiozoo/core';
import { isKnown, product, type Size, sizeAt, windowCount } from './dimension.js';
import { check } from './edge-checks.js';
import type { Edge, GraphBuilder } from './graph.js';
import type { Layout } from './layout.js';

/** As `Ops.patches`. */
export function cutPatches(
  graph: GraphBuilder,
  { reshape, transpose }: Layout,
  ...[x, { size, stride }]: Parameters<Ops<Edge>['patches']>
): Edge {
  const [height, width] = size;
  const [batch, rows = 0, columns = 0] = x.shape;
  const counts = [rows, columns].map((its, axis) => windowCount(its, size[axis]!, stride[axis]!));
  const areWhole = [...size, ...stride].every((value) => Number.isInteger(value) && value > 0);
  const [down, across] = counts as [Size, Size];
  const all = counts.every(isThere) ? product(down, across) : undefined;
  check(x.shape.length === 3, 'patches', 'x [B, H, W]', x);
  check(
    areWhole && all !== undefined,
    'patches',
    `at least one patch of ${height} × ${width}, ${stride.join(' and ')} apart`,
    x,
  );
  const scope = graph.scope('patches');

  /** Rows of axis 1: `count` runs of `length`, whose starts lie `apart`. */
  function repeatRows(x: Edge, count: Size, length: number, apart: number): Edge {
    const indices = isKnown(count)
      ? graph.int64s(...repeat(count, length, apart))
      : repeatAtRun(x, count, length, apart);
    const shape = x.shape.with(1, product(count, length)!);
    return graph.node('Gather', { scope, inputs: [x, indices], shape, attributes: { axis: { int: 1 } } });
  }

  /** The same numbers, worked out of the size that axis 1 has at run. */
  function repeatAtRun(x: Edge, count: Size, length: number, apart: number): Edge {
    const scalar = (value: number) => graph.constant(tensor('int64', [], BigInt64Array.of(BigInt(value))));
    const node = (operator: string, inputs: readonly Edge[], shape: readonly Size[]) =>
      graph.node(operator, { scope, inputs, shape, dtype: 'int64' });
    const size = node('Gather', [node('Shape', [x], [x.shape.length]), scalar(1)], []);
    const behind = node('Sub', [size, scalar(length - 1)], []); // the last start, where there is one
    const starts = node('Range', [scalar(0), behind, scalar(apart)], [count]);
    const columnOfStarts = node('Reshape', [starts, graph.int64s(-1, 1)], [count, 1]);
    const all = node('Add', [columnOfStarts, graph.int64s(...Array(length).keys())], [count, length]);
    return node('Reshape', [all, graph.int64s(-1)], [product(count, length)!]);
  }

  const repeatedRows = repeatRows(x, down, height, stride[0]); // [B, down · height, W]
  const turned = transpose(repeatedRows, [0, 2, 1], scope); // [B, W, down · height]
  const repeated = repeatRows(turned, across, width, stride[1]); // [B, across · width, down · height]
  const split = reshape(repeated, [batch!, across, width, down, height], scope);
  const ordered = transpose(split, [0, 3, 1, 4, 2], scope); // [B, down, across, height, width]
  return reshape(ordered, [batch!, all!, height * width], scope);
}

/** In the shortest input too. */
const isThere = (count: Size | undefined): boolean => count !== undefined && sizeAt(count, 'least') > 0;

/** Positions of `count` runs of `length`, whose starts lie `apart`. */
function repeat(count: number, length: number, apart: number): number[] {
  return Array.from({ length: count * length }, (_, index) => {
    const run = Math.floor(index / length);
    return run * apart + (index - run * length);
  });
}
