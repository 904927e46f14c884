// Convolutions as steps. Images are kept with their channels beside one another, so that a convolution of single pixels
// is a `linear`, and one of each channel by itself reads vectors of channels; to models they look like [B, C, H, W].

import type { Ops, Shape } from '@audiozoo/core';
import { sameShape } from '@audiozoo/core/plugin';
import * as layout from './layout.js';
import type { Address, Value } from './program.js';
import { constantOf, permute, type View } from './view.js';
import { check } from './view-checks.js';

export interface ConvolutionSteps {
  readonly ops: Pick<Ops<View>, 'linear' | 'slice' | 'concat' | 'reshape'>;
  step(operation: number, shape: Shape, values: (target: Address) => readonly Value[]): View;
  address(x: View): Address;
}

/** Down and across. */
type Pair = readonly [number, number];

export interface ConvolutionOptions {
  readonly stride: Pair;
  readonly padding: Pair;
  readonly groups?: number | undefined;
}

/** As `torch.nn.functional.conv2d`: x [B, C, H, W], weight [out, C / groups, kernel height, kernel width], bias [out]. */
export function convolve(
  { ops, step, address }: ConvolutionSteps,
  x: View,
  weight: View,
  bias: View | undefined,
  { stride, padding, groups = 1 }: ConvolutionOptions,
): View {
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape;
  const [outChannels = 0, ofGroup = 0, kernelHeight = 0, kernelWidth = 0] = weight.shape;
  const isWhole = (least: number) => (value: number) => Number.isInteger(value) && value >= least;
  const isSized = stride.every(isWhole(1)) && padding.every(isWhole(0)) && isWhole(1)(groups);
  check(isSized, 'conv2d', 'strides from 1, padding from 0, groups from 1', x);
  check(weight.shape.length === 4, 'conv2d', 'a weight [out, in / groups, height, width]', weight);
  const fits = x.shape.length === 4 && channels === ofGroup * groups && outChannels % groups === 0;
  check(fits, 'conv2d', `x [B, ${ofGroup * groups}, H, W], and ${groups} groups of outputs`, x, weight);
  check(!bias || sameShape(bias.shape, [outChannels]), 'conv2d', `a bias [${outChannels}]`, bias ?? x);
  const outHeight = Math.floor((height + 2 * padding[0] - kernelHeight) / stride[0]) + 1;
  const outWidth = Math.floor((width + 2 * padding[1] - kernelWidth) / stride[1]) + 1;
  const hasRoom = outHeight > 0 && outWidth > 0;
  check(hasRoom, 'conv2d', `x as large as the kernel ${kernelHeight} × ${kernelWidth}`, x);

  const sizes = [...[batch, height, width, channels, kernelHeight, kernelWidth], ...stride, ...padding];
  const image = permute(x, [0, 2, 3, 1]);
  const shape = [batch, outHeight, outWidth];
  const taps = kernelHeight * kernelWidth;
  const constant = constantOf(weight);
  if (constant && groups > 1 && ofGroup === 1 && outChannels === channels) {
    const packed = { ...constant, form: 'packed', rows: channels, columns: taps } as const;
    const [from, shift] = [address(image), bias ? address(bias) : 0];
    const result = step(layout.depthwise, [...shape, channels], (target) => [
      ...[from, { storage: packed, offset: 0 }, shift, target],
      ...[...sizes, outHeight, outWidth, layout.noActivation],
    ]);
    return permute(result, [0, 3, 1, 2]);
  }

  const isPixel = [taps, ...stride].every((size) => size === 1) && padding.every((size) => size === 0);
  const unfolded = isPixel
    ? image
    : step(layout.unfold, [...shape, channels * taps], (target) => [
        ...[address(image), target, ...sizes, outHeight, outWidth],
      ]);
  const depth = ofGroup * taps;
  const matrix = ops.reshape(weight, [outChannels, depth]);
  if (groups === 1) return permute(ops.linear(unfolded, matrix, bias), [0, 3, 1, 2]);
  const own = outChannels / groups;
  const parts = Array.from({ length: groups }, (_, group) => {
    const rows = (part: View) => ops.slice(part, 0, group * own, (group + 1) * own);
    return ops.linear(
      ops.slice(unfolded, 3, group * depth, (group + 1) * depth),
      rows(matrix),
      bias && rows(bias),
    );
  });
  return permute(ops.concat(parts, 3), [0, 3, 1, 2]);
}
