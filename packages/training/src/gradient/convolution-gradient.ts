// The way back of `conv2d`, out of operations that every backend has: strides become zeros between what they skipped.

import type { ConvolutionOptions, TrainingOps } from '@audiozoo/core';
import { openShape } from './open-shape.js';

export interface ConvolutionGradient<T> {
  ofX(): T;
  ofWeight(): T;
}

/** Of x [B, in, H, W] and a weight [out, in / groups, height, width], given dy [B, out, rows, columns]. */
export function convolutionGradient<T>(
  ops: TrainingOps<T>,
  x: T,
  weight: T,
  dy: T,
  { stride, padding, groups = 1 }: ConvolutionOptions,
): ConvolutionGradient<T> {
  const [, channels, ...imageSize] = ops.shapeOf(x) as [number, number, number, number];
  const [outChannels, groupChannels, ...kernel] = ops.shapeOf(weight) as [number, number, number, number];
  const outSize = ops.shapeOf(dy).slice(2);
  const own = outChannels / groups;
  /** The two axes of images, down and across. */
  const sides = [0, 1] as const;

  /**
   * x with what lies around it, as far as kernels reach: along each side as many strides as there are steps, and those that the
   * last step reaches into.
   */
  function padded(image: T): T {
    return sides.reduce((result, side) => {
      const strides = Math.floor((kernel[side]! - 1) / stride[side]) + outSize[side]!;
      const after = strides * stride[side] - imageSize[side]! - padding[side];
      return pad(ops, result, side + 2, padding[side], after);
    }, image);
  }

  /** What the pixels of each kernel along a side have seen, step by step, in their order. */
  function seenAlong(image: T, side: 0 | 1): readonly T[] {
    const axis = side + 2;
    const phases = everyNth(ops, image, axis, stride[side]);
    return Array.from({ length: kernel[side]! }, (_, tap) =>
      part(ops, phases[tap % stride[side]]!, axis, Math.floor(tap / stride[side]), outSize[side]!),
    );
  }

  /** What each pixel of kernels has seen, row by row: [B, in, rows, columns] each. Columns first: what is then copied lies together. */
  function seen(image: T): readonly T[] {
    const rows = seenAlong(padded(image), 1).map((column) => seenAlong(column, 0));
    return Array.from({ length: kernel[0]! }, (_, down) => rows.map((column) => column[down]!)).flat();
  }

  /** Where each channel is seen by kernels of its own: [B, in, 1, rows, columns] times [B, in, out / in, rows, columns]. */
  function ofChannelWeight(): T {
    const ofOut = ops.reshape(dy, [-1, channels, own, ...outSize]);
    const sums = seen(x).map((each) => {
      const pixels = ops.reshape(each, [-1, channels, 1, ...outSize]);
      return ops.reshape(ops.sum(ops.multiply(ofOut, pixels), [0, 3, 4]), [outChannels, 1]);
    });
    return ops.reshape(ops.concat(sums, 1), [outChannels, 1, ...kernel]);
  }

  /** All pixels that a kernel has seen at once, as a row: one matrix product. */
  function ofGroupWeight(image: T, ofOut: T, outs: number): T {
    const rows = (each: T, width: number) => ops.reshape(ops.transpose(each, [0, 2, 3, 1]), [-1, width]);
    const columns = seen(image).map((each) => rows(each, groupChannels));
    const product = ops.transposedMatmul(rows(ofOut, outs), join(ops, columns, 1)); // [outs, taps · in]
    const apart = ops.reshape(product, [outs, ...kernel, groupChannels]);
    return ops.transpose(apart, [0, 3, 1, 2]);
  }

  return {
    ofWeight() {
      if (groupChannels === 1 && groups > 1) return ofChannelWeight();
      const parts = Array.from({ length: groups }, (_, group) =>
        ofGroupWeight(
          part(ops, x, 1, group * groupChannels, groupChannels),
          part(ops, dy, 1, group * own, own),
          own,
        ),
      );
      return join(ops, parts, 0);
    },

    ofX() {
      // Each pixel was seen by the kernels' pixels in reverse.
      const grouped = ops.reshape(weight, [groups, own, groupChannels, ...kernel]);
      const turned = ops.reshape(ops.transpose(grouped, [0, 2, 1, 3, 4]), [channels, own, ...kernel]);
      const reversed = sides.reduce((result, side) => reverse(ops, result, side + 2), turned);
      const around = sides.reduce((result, side) => {
        const axis = side + 2;
        const spaced = spread(ops, result, axis, stride[side]);
        const before = kernel[side]! - 1 - padding[side];
        const size = (outSize[side]! - 1) * stride[side] + 1;
        return pad(ops, spaced, axis, before, imageSize[side]! - size - before + kernel[side]! - 1);
      }, dy);
      return ops.conv2d(around, reversed, undefined, { stride: [1, 1], padding: [0, 0], groups });
    },
  };
}

/** Zeros around x; where a number of them is negative, so much of x is cut off. */
function pad<T>(ops: TrainingOps<T>, x: T, axis: number, before: number, after: number): T {
  const size = ops.shapeOf(x)[axis]!;
  const kept = part(ops, x, axis, Math.max(0, -before), size - Math.max(0, -before) - Math.max(0, -after));
  if (before <= 0 && after <= 0) return kept;
  return ops.pad(kept, axis, Math.max(0, before), Math.max(0, after));
}

function part<T>(ops: TrainingOps<T>, x: T, axis: number, start: number, size: number): T {
  return size === ops.shapeOf(x)[axis] ? x : ops.slice(x, axis, start, start + size);
}

function join<T>(ops: TrainingOps<T>, parts: readonly T[], axis: number): T {
  return parts.length === 1 ? parts[0]! : ops.concat(parts, axis);
}

/** Every `step`th element along `axis`, from the first, from the second and so on. There are a multiple of `step`. */
function everyNth<T>(ops: TrainingOps<T>, x: T, axis: number, step: number): readonly T[] {
  if (step === 1) return [x];
  const shape = openShape(ops.shapeOf(x));
  const count = shape[axis]! / step;
  const apart = ops.reshape(x, shape.toSpliced(axis, 1, count, step));
  return Array.from({ length: step }, (_, start) =>
    ops.reshape(ops.slice(apart, axis + 1, start, start + 1), shape.with(axis, count)),
  );
}

/** x with `step − 1` zeros between its elements along `axis`. */
function spread<T>(ops: TrainingOps<T>, x: T, axis: number, step: number): T {
  if (step === 1) return x;
  const shape = openShape(ops.shapeOf(x));
  const size = shape[axis]!;
  // Zeros as rows of their own, which then become columns: one by one they take twice as long.
  const rows = ops.pad(ops.reshape(x, shape.toSpliced(axis, 1, 1, size)), axis, 0, step - 1);
  const turn = [...Array(shape.length + 1).keys()].toSpliced(axis, 2, axis + 1, axis);
  const spaced = ops.reshape(ops.transpose(rows, turn), shape.with(axis, size * step));
  return part(ops, spaced, axis, 0, (size - 1) * step + 1);
}

function reverse<T>(ops: TrainingOps<T>, x: T, axis: number): T {
  const size = ops.shapeOf(x)[axis]!;
  const slices = Array.from({ length: size }, (_, index) => part(ops, x, axis, size - 1 - index, 1));
  return join(ops, slices, axis);
}
