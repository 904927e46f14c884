// The operations as steps of a program: each checks shapes, which memory hangs on, and writes down a call of a
// kernel. Sizes are all known: a recording is of one batch and one length.

import type { Ops, Shape } from '@audiozoo/core';
import { checkBounds, checkFactor, elementCount, formatShape, sameShape } from '@audiozoo/core/plugin';
import { attend } from './attention.js';
import { convolve } from './convolution.js';
import * as layout from './layout.js';
import type { Address, Step, Value } from './program.js';
import { type Activation, integerOffsets, roundUp } from './storage.js';
import {
  broadcast,
  broadcastShape,
  constantOf,
  denseSteps,
  inverse,
  isDense,
  isWhole,
  memoryOrder,
  permute,
  repeatsInto,
  reshaped,
  resolveShape,
  type View,
  wholeView,
} from './view.js';
import { attentionSizes, check, checkAxis } from './view-checks.js';

/** Columns whose products, 127 · 128 at most, have a sum that int32 holds. */
const mostIntegerColumns = Math.floor((2 ** 31 - 1) / (127 * 128));

export interface Recorder {
  readonly ops: Ops<View>;
  /** The steps so far. */
  readonly steps: readonly Step[];
  /** The same elements side by side: the view itself where they lie so. */
  dense(x: View): View;
}

export function createRecorder(): Recorder {
  const steps: Step[] = [];
  const copies = new WeakMap<View, View>();

  interface Call {
    readonly scratch?: number;
    /** Views that the target may take the place of. */
    readonly replaceable?: readonly View[];
  }

  /** Adds a step that writes all of a new activation. `values` gets its address. */
  function step(
    operation: number,
    shape: Shape,
    values: (target: Address) => readonly Value[],
    { scratch = 0, replaceable = [] }: Call = {},
  ): View {
    const target: Activation = { kind: 'activation', elements: elementCount(shape) };
    steps.push({
      operation,
      values: values({ storage: target, offset: 0 }),
      target,
      replaceable: replaceable.map(({ storage }) => storage),
      scratch,
    });
    return wholeView(target, shape);
  }

  function dense(x: View): View {
    if (isDense(x)) return x;
    const known = copies.get(x);
    if (known) return known;
    const copy = wholeView({ kind: 'activation', elements: elementCount(x.shape) }, x.shape);
    copyInto(copy, x);
    copies.set(x, copy);
    return copy;
  }

  function copyInto(target: View, source: View): void {
    const axes = mergeAxes(source, target);
    check(
      axes.length <= layout.copyRank,
      'copy',
      `${layout.copyRank} axes at most that do not merge`,
      source,
    );
    const padded = [...Array(layout.copyRank - axes.length).fill({ size: 1, from: 0, to: 0 }), ...axes];
    steps.push({
      operation: layout.copy,
      values: [
        { storage: source.storage, offset: 4 * source.offset },
        { storage: target.storage, offset: 4 * target.offset },
        ...padded.map(({ size }) => size),
        ...padded.map(({ from }) => from),
        ...padded.map(({ to }) => to),
      ],
      target: target.storage as Activation,
      replaceable: [],
      scratch: 0,
    });
  }

  function address(x: View): Address {
    const { storage, offset } = dense(x);
    return { storage, offset: 4 * offset };
  }

  /** x as it lies in memory, and how its axes are turned for that: what hangs on no order is done in this one. */
  function inMemoryOrder(x: View): { readonly order: readonly number[]; readonly from: View } {
    const order = memoryOrder(x);
    const turned = permute(x, order);
    return { order, from: isDense(turned) ? turned : dense(x) };
  }

  function unary(operation: number, x: View, floats: readonly number[] = []): View {
    const count = elementCount(x.shape);
    const { order, from } = inMemoryOrder(x);
    const values = (target: Address) => [address(from), target, count, ...floats.map((float) => ({ float }))];
    const result = step(operation, from.shape, values, { replaceable: isWhole(from) ? [from] : [] });
    return permute(result, inverse(order));
  }

  function elementByElement(operation: number, name: string, a: View, b: View): View {
    const whole = broadcastShape(a.shape, b.shape);
    check(whole !== undefined, name, 'sizes that broadcast', a, b);
    // In the order of one that is as large as the result.
    const leader = [a, b].find((x) => sameShape(x.shape, whole!));
    const order = leader ? memoryOrder(leader) : [...whole!.keys()];
    const isTurned = order.some((axis, index) => axis !== index);
    const shape = order.map((axis) => whole![axis]!);
    const [left, right] = [a, b].map((x) => {
      const added = Array<number>(shape.length - x.shape.length).fill(1);
      const own = isTurned ? permute(broadcast(x, [...added, ...x.shape]), order) : x;
      return dense(repeatsInto(own.shape, shape) ? own : broadcast(own, shape));
    }) as [View, View];
    const [count, ofLeft, ofRight] = [shape, left.shape, right.shape].map(elementCount) as [
      number,
      number,
      number,
    ];
    // The shorter one is read again and again: nothing may be written where it lies.
    const areApart = left.storage !== right.storage || (isWhole(left) && isWhole(right));
    const result = step(
      operation,
      shape,
      (target) => [address(left), address(right), target, count, ofLeft, ofRight],
      { replaceable: areApart ? [left, right].filter(isWhole) : [] },
    );
    return permute(result, inverse(order));
  }

  /** Over one axis, which disappears. */
  function reduce(operation: number, name: string, x: View, axis: number): View {
    checkAxis(name, x, axis);
    const { order, from } = inMemoryOrder(x);
    const at = order.indexOf(axis);
    const [outer, inner] = [from.shape.slice(0, at), from.shape.slice(at + 1)];
    const sizes = [elementCount(outer), x.shape[axis]!, elementCount(inner)];
    const result = step(operation, [...outer, ...inner], (target) => [address(from), target, ...sizes]);
    const rest = order.filter((each) => each !== axis).map((each) => (each > axis ? each - 1 : each));
    return permute(result, inverse(rest));
  }

  function multiplyMatrices(a: View, b: View, shape: Shape): View {
    const [rows, inner] = a.shape.slice(-2) as [number, number];
    const columns = b.shape.at(-1)!;
    const batch = elementCount(a.shape.slice(0, -2));
    const [left, right] = [address(a), address(b)];
    return step(layout.matmul, shape, (target) => [left, right, target, batch, rows, inner, columns]);
  }

  function reshape(x: View, shape: Shape): View {
    return reshaped(x, shape) ?? { ...dense(x), shape, steps: denseSteps(shape) };
  }

  /** [..., N, D] → [clips, heads, N, D / heads] by the permutation [0, 2, 1, 3]. */
  function splitHeads(x: View, heads: number, permutation: readonly number[]): View {
    const [tokens, width] = x.shape.slice(-2) as [number, number];
    const clips = elementCount(x.shape.slice(0, -2));
    return permute(reshape(x, [clips, tokens, heads, width / heads]), permutation);
  }

  const ops: Ops<View> = {
    linear(x, weight, bias) {
      const [outSize = 0, inSize = 0] = weight.shape;
      check(weight.shape.length === 2 && outSize * inSize > 0, 'linear', 'a weight [out, in]', weight);
      check(x.shape.length > 0 && x.shape.at(-1) === inSize, 'linear', `x [..., ${inSize}]`, x);
      check(!bias || sameShape(bias.shape, [outSize]), 'linear', `a bias [${outSize}]`, bias ?? x);
      const shape = x.shape.with(-1, outSize);
      const rows = elementCount(shape) / outSize;
      const constant = constantOf(weight);
      if (!constant) {
        const turned = permute(weight, [1, 0]); // [in, out]
        const product = multiplyMatrices(reshape(x, [rows, inSize]), turned, shape);
        return bias ? ops.add(product, bias) : product;
      }
      const [from, shift] = [address(x), bias ? address(bias) : 0];
      const sizes = [rows, inSize, outSize, layout.noActivation];
      // A scale is one row's as it is stored.
      if (!constant.isQuantized || constant.rows !== outSize || inSize > mostIntegerColumns) {
        const packed = { ...constant, form: 'packed', rows: outSize, columns: inSize } as const;
        return step(
          layout.linear,
          shape,
          (target) => [from, { storage: packed, offset: 0 }, shift, target, ...sizes],
          { scratch: 4 * (layout.blockRows * inSize + 64) },
        );
      }
      const integers = { ...constant, form: 'integers' } as const;
      const { sums, scales } = integerOffsets(integers);
      const part = (offset: number) => ({ storage: integers, offset });
      return step(
        layout.integerLinear,
        shape,
        (target) => [from, part(0), part(sums), part(scales), shift, target, ...sizes],
        { scratch: layout.blockRows * (roundUp(inSize, layout.integerGroup) + 16) + 256 },
      );
    },

    attention: (...values) => attend({ step, address }, ...values),

    attentionProbabilities(query, key, { heads }) {
      const { batch, queries, keys, width } = attentionSizes('attentionProbabilities', query, key, heads);
      // Scaling the query is cheaper than scaling the scores: D numbers a token, not heads · Nk.
      const scaled = ops.scale(query, (width / heads) ** -0.5);
      const shape = [...query.shape.slice(0, -2), heads, queries, keys];
      const scores = multiplyMatrices(
        splitHeads(scaled, heads, [0, 2, 1, 3]),
        splitHeads(key, heads, [0, 2, 3, 1]),
        shape,
      );
      const rows = batch * heads * queries;
      return step(layout.softmax, shape, (target) => [address(scores), target, rows, keys]);
    },

    matmul(a, b) {
      const shape = a.shape.with(-1, b.shape.at(-1) ?? 0);
      const expected = [...a.shape.slice(0, -2), a.shape.at(-1)!, b.shape.at(-1)!];
      const fits = a.shape.length >= 2 && sameShape(b.shape, expected);
      check(fits, 'matmul', 'a [..., M, K] and b [..., K, N]', a, b);
      return multiplyMatrices(a, b, shape);
    },

    layerNorm(x, scale, shift, { epsilon }) {
      const width = x.shape.at(-1) ?? 0;
      const fits = width > 0 && sameShape(scale.shape, [width]) && sameShape(shift.shape, [width]);
      check(fits, 'layerNorm', 'x [..., D], scale [D] and shift [D]', x, scale, shift);
      const rows = elementCount(x.shape) / width;
      const [from, ...factors] = [x, scale, shift].map(dense) as [View, View, View];
      const areApart = factors.every(({ storage }) => storage !== from.storage);
      return step(
        layout.layerNorm,
        x.shape,
        (target) => [address(from), ...factors.map(address), target, rows, width, { float: epsilon }],
        { replaceable: areApart && isWhole(from) ? [from] : [] },
      );
    },

    conv2d: (...values) => convolve({ ops, step, address }, ...values),
    gelu: (x) => unary(layout.gelu, x),
    relu: (x) => unary(layout.relu, x),
    sigmoid: (x) => unary(layout.sigmoid, x),
    tanh: (x) => unary(layout.tanh, x),
    hardswish: (x) => unary(layout.hardswish, x),
    add: (a, b) => elementByElement(layout.add, 'add', a, b),
    multiply: (a, b) => elementByElement(layout.multiply, 'multiply', a, b),
    remainder: (a, b) => elementByElement(layout.remainder, 'remainder', a, b),

    scale(x, factor) {
      checkFactor(factor);
      return unary(layout.scale, x, [factor]);
    },

    log: (x) => unary(layout.log, x),

    clamp(x, bounds) {
      checkBounds(bounds);
      const { least = -Infinity, most = Infinity } = bounds;
      return unary(layout.clamp, x, [least, most]);
    },

    mean: (x, axis) => reduce(layout.mean, 'mean', x, axis),
    max: (x, axis) => reduce(layout.max, 'max', x, axis),

    reshape(x, shape) {
      const kept = shape.map((size, axis) => (size === 0 ? (x.shape[axis] ?? 0) : size));
      const resolved = resolveShape(elementCount(x.shape), kept);
      check(resolved !== undefined, 'reshape', `as many elements as ${formatShape(shape)}`, x);
      return reshape(x, resolved!);
    },

    transpose(x, permutation) {
      const axes = permutation.toSorted((a, b) => a - b);
      const fits = sameShape(axes, [...x.shape.keys()]);
      check(fits, 'transpose', `a permutation of its axes, not ${formatShape(permutation)}`, x);
      return permute(x, permutation);
    },

    concat(tensors, axis) {
      const [first] = tensors;
      check(first !== undefined, 'concat', 'one tensor at least');
      checkAxis('concat', first!, axis);
      const rank = first!.shape.length;
      const fits = tensors.every(
        ({ shape }) => shape.length === rank && sameShape(shape.with(axis, 0), first!.shape.with(axis, 0)),
      );
      check(fits, 'concat', `sizes that differ on axis ${axis} only`, ...tensors);
      const total = tensors.reduce((sum, { shape }) => sum + shape[axis]!, 0);
      const shape = first!.shape.with(axis, total);
      const joined = wholeView({ kind: 'activation', elements: elementCount(shape) }, shape);
      let offset = 0;
      for (const each of tensors) {
        copyInto({ ...joined, shape: each.shape, offset }, each);
        offset += each.shape[axis]! * joined.steps[axis]!;
      }
      return joined;
    },

    slice(x, axis, start, end) {
      checkAxis('slice', x, axis);
      const fits = [start, end].every(Number.isInteger) && 0 <= start && start < end && end <= x.shape[axis]!;
      check(fits, 'slice', `elements ${start} to ${end} on axis ${axis}`, x);
      return { ...x, shape: x.shape.with(axis, end - start), offset: x.offset + start * x.steps[axis]! };
    },

    sliceLike(x, axis, like) {
      checkAxis('sliceLike', like, axis);
      return ops.slice(x, axis, 0, like.shape[axis]!);
    },

    gather(table, ids) {
      const width = table.shape[1] ?? 0;
      check(table.shape.length === 2, 'gather', 'a table [N, D]', table);
      const [rows, places] = [address(table), address(ids)];
      const count = elementCount(ids.shape);
      return step(layout.gather, [...ids.shape, width], (target) => [rows, places, target, count, width]);
    },

    take(x, positions) {
      const [rows = 0, width = 0] = x.shape;
      const [, count = 0] = positions.shape;
      const fits = x.shape.length === 2 && sameShape(positions.shape, [rows, count]);
      check(fits, 'take', 'x [B, N] and positions [B, M]', x, positions);
      const [from, places] = [address(x), address(positions)];
      return step(layout.take, positions.shape, (target) => [from, places, target, rows, width, count]);
    },

    expandBatch(x, like) {
      check(x.shape[0] === 1, 'expandBatch', 'x [1, ...]', x);
      check(like.shape.length > 0, 'expandBatch', 'something with a batch to follow', like);
      return broadcast(x, x.shape.with(0, like.shape[0]!));
    },

    patches(x, { size: [height, width], stride: [down, across] }) {
      const [batch = 0, rows = 0, columns = 0] = x.shape;
      const isWholeNumber = (value: number) => Number.isInteger(value) && value > 0;
      const fits = [height, width, down, across].every(isWholeNumber) && rows >= height && columns >= width;
      check(fits && x.shape.length === 3, 'patches', `x [B, H, W] from ${height} × ${width}`, x);
      const [ofBatch, ofRow, ofColumn] = x.steps as [number, number, number];
      const ofRows = Math.floor((rows - height) / down) + 1;
      const ofColumns = Math.floor((columns - width) / across) + 1;
      const cut: View = {
        ...x,
        shape: [batch, ofRows, ofColumns, height, width],
        steps: [ofBatch, down * ofRow, across * ofColumn, ofRow, ofColumn],
      };
      return reshape(cut, [batch, ofRows * ofColumns, height * width]);
    },
  };
  return { ops, steps, dense };
}

interface CopiedAxis {
  readonly size: number;
  /** Steps through source and target. */
  readonly from: number;
  readonly to: number;
}

/** The axes of a copy, outermost first, as few as there can be: longer ones are copied faster. */
function mergeAxes(source: View, target: View): readonly CopiedAxis[] {
  const axes: CopiedAxis[] = [];
  source.shape.forEach((size, axis) => {
    const inner = { size, from: source.steps[axis]!, to: target.steps[axis]! };
    const outer = axes.at(-1);
    if (size === 1) return;
    if (outer && outer.from === size * inner.from && outer.to === size * inner.to) {
      axes[axes.length - 1] = { ...inner, size: outer.size * size };
    } else {
      axes.push(inner);
    }
  });
  return axes;
}
