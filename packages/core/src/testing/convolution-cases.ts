// Convolutions at their edges: sizes, strides and padding that differ by axis, and groups.

import { type ConformanceCase, conformanceCase } from './conformance-case.js';

interface Convolution {
  readonly name: string;
  readonly x: readonly [number, number, number];
  /** [Cout, Cin / groups, kh, kw]. */
  readonly weight: readonly [number, number, number, number];
  readonly stride?: readonly [number, number];
  readonly padding?: readonly [number, number];
  readonly groups?: number;
  readonly hasBias?: boolean;
}

const convolutions: readonly Convolution[] = [
  { name: '3 × 3', x: [2, 7, 9], weight: [5, 2, 3, 3], padding: [1, 1] },
  { name: 'no bias', x: [2, 7, 9], weight: [5, 2, 3, 3], hasBias: false },
  { name: 'strides by axis', x: [3, 11, 8], weight: [4, 3, 3, 3], stride: [2, 1], padding: [1, 1] },
  { name: 'padding by axis', x: [3, 5, 6], weight: [4, 3, 3, 5], padding: [0, 2] },
  { name: 'a kernel that is not square', x: [1, 9, 12], weight: [3, 1, 2, 5], stride: [2, 3] },
  { name: 'a stride beyond the kernel', x: [2, 9, 10], weight: [3, 2, 2, 2], stride: [3, 4] },
  { name: 'more padding than image', x: [2, 1, 2], weight: [3, 2, 3, 3], padding: [2, 2] },
  { name: '1 × 1', x: [19, 5, 7], weight: [33, 19, 1, 1] },
  { name: '1 × 1 with strides', x: [6, 5, 7], weight: [4, 6, 1, 1], stride: [2, 2], hasBias: false },
  { name: 'the whole image', x: [3, 4, 5], weight: [7, 3, 4, 5] },
  { name: 'groups', x: [6, 5, 7], weight: [9, 2, 3, 3], padding: [1, 1], groups: 3 },
  { name: 'depthwise', x: [13, 8, 9], weight: [13, 1, 3, 3], padding: [1, 1], groups: 13 },
  {
    name: 'depthwise, strides 2',
    x: [8, 9, 6],
    weight: [8, 1, 5, 5],
    stride: [2, 2],
    padding: [2, 2],
    groups: 8,
  },
  {
    name: 'depthwise, strides by axis',
    x: [4, 9, 6],
    weight: [4, 1, 3, 3],
    stride: [2, 1],
    padding: [1, 1],
    groups: 4,
    hasBias: false,
  },
  {
    name: 'depthwise, two outputs a channel',
    x: [3, 6, 5],
    weight: [6, 1, 3, 3],
    padding: [1, 1],
    groups: 3,
  },
];

export const convolutionCases: readonly ConformanceCase[] = convolutions.map(
  ({ name, x, weight, stride = [1, 1], padding = [0, 0], groups, hasBias = true }) => {
    const [height, width] = [0, 1].map(
      (axis) => Math.floor((x[axis + 1]! + 2 * padding[axis]! - weight[axis + 2]!) / stride[axis]!) + 1,
    );
    return conformanceCase({
      name: `conv2d: ${name}`,
      inputs: { x },
      weights: { weight, bias: [weight[0]] },
      outputs: { y: [weight[0], height!, width!] },
      build: (ops, { x }, { weight, bias }) => ({
        y: ops.conv2d(x, weight, hasBias ? bias : undefined, { stride, padding, groups }),
      }),
    });
  },
);
