// Convolutions as steps. Images are kept with their channels beside one another, so that a convolution of single pixels
// is a `linear`, and one of each channel by itself reads vectors of channels; to models they look like [B, C, H, W].

import type { Ops, Shape } from '@audiozoo/core';
import { convolvedShape } from '@audiozoo/core/plugin';
import * as layout from './layout.js';
import type { Address, Value } from './program.js';
import { constantOf, permute, type View } from './view.js';

export interface ConvolutionSteps {
  readonly ops: Pick<Ops<View>, 'linear' | 'slice' | 'concat' | 'reshape'>;
  step(operation: number, shape: Shape, values: (target: Address) => readonly Value[]): View;
  address(x: View): Address;
}

type Sizes = readonly [number, number, number, number];

/** As `torch.nn.functional.conv2d`: x [B, C, H, W], weight [out, C / groups, kernel height, kernel width], bias [out]. */
export function convolve(
  { ops, step, address }: ConvolutionSteps,
  ...[x, weight, bias, options]: Parameters<Ops<View>['conv2d']>
): View {
  const { stride, padding, groups = 1 } = options;
  const [batch, outChannels, outHeight, outWidth] = convolvedShape(
    x.shape,
    weight.shape,
    bias?.shape,
    options,
  ) as Sizes;
  const [, channels, height, width] = x.shape as Sizes;
  const [, ofGroup, kernelHeight, kernelWidth] = weight.shape as Sizes;
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
