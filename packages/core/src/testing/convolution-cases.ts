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

/** What layers are made of: each alone without a bias, with one before an activation, and squeezed and excited. */
const layers: readonly Convolution[] = [
  { name: '1 × 1', x: [3, 5, 7], weight: [6, 3, 1, 1] },
  { name: '1 × 1, two apart', x: [6, 5, 5], weight: [12, 6, 1, 1], stride: [2, 2] },
  { name: 'one channel in', x: [1, 9, 30], weight: [16, 1, 3, 3], stride: [2, 2], padding: [1, 1] },
  { name: 'axes apart', x: [3, 9, 11], weight: [5, 3, 3, 2], stride: [2, 1], padding: [1, 0] },
  { name: 'patches side by side', x: [1, 8, 24], weight: [9, 1, 4, 12], stride: [4, 12] },
  { name: 'depthwise', x: [16, 9, 21], weight: [16, 1, 3, 3], padding: [1, 1], groups: 16 },
  {
    name: 'depthwise, two apart',
    x: [13, 9, 21],
    weight: [13, 1, 5, 5],
    stride: [2, 2],
    padding: [2, 2],
    groups: 13,
  },
  {
    name: 'depthwise, axes apart',
    x: [24, 9, 40],
    weight: [24, 1, 5, 3],
    stride: [1, 2],
    padding: [2, 1],
    groups: 24,
  },
  { name: 'depthwise beyond x', x: [24, 2, 2], weight: [24, 1, 5, 5], padding: [2, 2], groups: 24 },
  { name: 'two of each channel', x: [6, 5, 5], weight: [12, 1, 3, 3], padding: [1, 1], groups: 6 },
  { name: 'two groups', x: [6, 5, 5], weight: [12, 3, 3, 3], padding: [1, 1], groups: 2 },
];

const convolutions: readonly Convolution[] = [
  { name: '3 × 3', x: [2, 7, 9], weight: [5, 2, 3, 3], padding: [1, 1] },
  { name: 'no bias', x: [2, 7, 9], weight: [5, 2, 3, 3], hasBias: false },
  { name: 'strides by axis', x: [3, 11, 8], weight: [4, 3, 3, 3], stride: [2, 1], padding: [1, 1] },
  { name: 'padding by axis', x: [3, 5, 6], weight: [4, 3, 3, 5], padding: [0, 2] },
  { name: 'a kernel that is not square', x: [1, 9, 12], weight: [3, 1, 2, 5], stride: [2, 3] },
  { name: 'a stride beyond the kernel', x: [2, 9, 10], weight: [3, 2, 2, 2], stride: [3, 4] },
  { name: 'more padding than image', x: [2, 1, 2], weight: [3, 2, 3, 3], padding: [2, 2] },
  { name: '1 × 1', x: [19, 5, 7], weight: [33, 19, 1, 1] },
  { name: 'the whole image', x: [3, 4, 5], weight: [7, 3, 4, 5] },
  { name: 'groups', x: [6, 5, 7], weight: [9, 2, 3, 3], padding: [1, 1], groups: 3 },
  { name: 'depthwise', x: [13, 8, 9], weight: [13, 1, 3, 3], padding: [1, 1], groups: 13 },
  {
    name: 'depthwise, strides by axis',
    x: [4, 9, 6],
    weight: [4, 1, 3, 3],
    stride: [2, 1],
    padding: [1, 1],
    groups: 4,
    hasBias: false,
  },
];

/** [out, H, W] */
function outputOf({ x, weight, stride = [1, 1], padding = [0, 0] }: Convolution): [number, number, number] {
  const [height, width] = [0, 1].map(
    (axis) => Math.floor((x[axis + 1]! + 2 * padding[axis]! - weight[axis + 2]!) / stride[axis]!) + 1,
  );
  return [weight[0], height!, width!];
}

const layerCases = layers.flatMap((layer) => {
  const { name, x, weight, stride = [1, 1], padding = [0, 0], groups } = layer;
  const y = outputOf(layer);
  const options = { stride, padding, groups };
  return [
    conformanceCase({
      name: `conv2d: ${name}, without a bias`,
      inputs: { x },
      weights: { weight },
      outputs: { y },
      build: (ops, { x }, { weight }) => ({ y: ops.conv2d(x, weight, undefined, options) }),
    }),
    ...(['relu', 'hardswish'] as const).map((activation) =>
      conformanceCase({
        name: `conv2d: ${name}, a bias and ${activation}`,
        inputs: { x },
        weights: { weight, bias: [weight[0]] },
        outputs: { y },
        build: (ops, { x }, { weight, bias }) => ({
          y: ops[activation](ops.conv2d(x, weight, bias, options)),
        }),
      }),
    ),
    conformanceCase({
      name: `conv2d: ${name}, squeezed and excited`,
      inputs: { x },
      weights: { weight },
      outputs: { y },
      build: (ops, { x }, { weight }) => {
        const image = ops.conv2d(x, weight, undefined, options);
        const gates = ops.sigmoid(ops.mean(ops.mean(image, 2), 2)); // [B, out]
        return { y: ops.multiply(image, ops.reshape(gates, [-1, y[0], 1, 1])) };
      },
    }),
  ];
});

const plainCases = convolutions.map((convolution) => {
  const { name, x, weight, stride = [1, 1], padding = [0, 0], groups, hasBias = true } = convolution;
  return conformanceCase({
    name: `conv2d: ${name}`,
    inputs: { x },
    weights: { weight, bias: [weight[0]] },
    outputs: { y: outputOf(convolution) },
    build: (ops, { x }, { weight, bias }) => ({
      y: ops.conv2d(x, weight, hasBias ? bias : undefined, { stride, padding, groups }),
    }),
  });
});

export const convolutionCases: readonly ConformanceCase[] = [...layerCases, ...plainCases];
