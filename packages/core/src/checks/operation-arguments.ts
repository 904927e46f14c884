// Numbers that operations take besides tensors, and which of them make sense. Backends ask here, so that all refuse
// alike: a bound of NaN would otherwise be ignored by one and spread by another.

import type { ConvolutionOptions, Ops } from '../backend/ops.js';
import { AudiozooError } from '../errors.js';
import { formatShape, type Shape, sameShape } from '../tensors/shape.js';

/** Throws an `argument` error unless `clamp` is told one finite bound, or two in order. */
export function checkBounds({ least, most }: Parameters<Ops<unknown>['clamp']>[1]): void {
  const given = [least, most].filter((bound) => bound !== undefined);
  if (given.length > 0 && given.every(Number.isFinite) && given[0]! <= given.at(-1)!) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'clamp got bounds that make no sense',
    expected: 'one finite number, or two in order',
    got: given.join(' and ') || 'none',
    hint: 'Leave out the bound that is not needed, and the clamp where neither is.',
  });
}

/** Throws an `argument` error unless `scale` is told a finite factor. */
export function checkFactor(factor: number): void {
  if (Number.isFinite(factor)) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'scale got a factor that makes no sense',
    expected: 'a finite number',
    got: String(factor),
    hint: 'See that what it is computed from, such as the config, holds no missing number and no divisor of 0.',
  });
}

/**
 * The shape of what `conv2d` makes of x [B, in, H, W] and a weight [out, in / groups, height, width]; B may be anything.
 * Throws a `shape` error where they do not fit one another, and an `argument` error where the options make no sense.
 */
export function convolvedShape(
  x: Shape,
  weight: Shape,
  bias: Shape | undefined,
  { stride, padding, groups = 1 }: ConvolutionOptions,
): Shape {
  const isWhole = (least: number) => (value: number) => Number.isInteger(value) && value >= least;
  if (!(stride.every(isWhole(1)) && padding.every(isWhole(0)) && isWhole(1)(groups))) {
    throw new AudiozooError({
      code: 'argument',
      what: 'conv2d got options that make no sense',
      expected: 'whole numbers: strides and groups from 1, padding from 0',
      got: `stride ${stride.join(' × ')}, padding ${padding.join(' × ')}, groups ${groups}`,
      hint: 'Groups are usually 1, padding half of the kernel.',
    });
  }
  const [batch = 0, channels, ...sizes] = x;
  const [outChannels = 0, groupChannels = 0, ...kernel] = weight;
  const out = [0, 1].map(
    (axis) => Math.floor((sizes[axis]! + 2 * padding[axis]! - kernel[axis]!) / stride[axis]!) + 1,
  );
  const fits =
    x.length === 4 &&
    weight.length === 4 &&
    channels === groupChannels * groups &&
    outChannels % groups === 0 &&
    (!bias || sameShape(bias, [outChannels])) &&
    sizes.every(isWhole(1)) &&
    out.every(isWhole(1));
  if (fits) return [batch, outChannels, ...out];
  throw new AudiozooError({
    code: 'shape',
    what: 'conv2d got tensors that do not fit',
    expected: `x [B, in, H, W] no smaller than its kernels, a weight [out, in / ${groups}, height, width], a bias [out]`,
    got: [x, weight, ...(bias ? [bias] : [])].map(formatShape).join(', '),
  });
}
