// Convolutions as nodes, around two that onnxruntime's WebGPU kernels compute wrongly.

import type { ConvolutionOptions } from '@audiozoo/core';
import { convolvedShape } from '@audiozoo/core/plugin';
import { isKnown, type Size, type Sizes, shapeAt, windowCount } from './dimension.js';
import { check } from './edge-checks.js';
import type { Edge, GraphBuilder } from './graph.js';

/** As `Ops.conv2d`; nodes are named after `scope`. */
export function convolve(
  graph: GraphBuilder,
  scope: string,
  x: Edge,
  weight: Edge,
  bias: Edge | undefined,
  options: ConvolutionOptions,
): Edge {
  const shape = shapeOf(x, weight, bias, options);
  const { stride, padding, groups = 1 } = options;
  const [outChannels = 0, groupChannels = 0, ...kernel] = shapeAt(weight.shape, 'least');
  if (groups > 1 && groupChannels > 1) {
    // Groups of several channels are what is wrong there first: one convolution for each is right.
    const own = outChannels / groups;
    const parts = Array.from({ length: groups }, (_, group) => {
      const ofGroup = (edge: Edge, axis: number, size: number) => {
        const shape = edge.shape.with(axis, size);
        return slice(graph, scope, edge, [axis], [group * size], [(group + 1) * size], [1], shape);
      };
      return convolve(
        graph,
        scope,
        ofGroup(x, 1, groupChannels),
        ofGroup(weight, 0, own),
        bias && ofGroup(bias, 0, own),
        { stride, padding },
      );
    });
    return graph.node('Concat', { scope, inputs: parts, shape, attributes: { axis: { int: 1 } } });
  }
  // The second are single pixels, whose strides are not seen. What lies between can be left out before.
  const isThinned =
    stride.some((size) => size > 1) &&
    kernel.every((size) => size === 1) &&
    padding.every((size) => size === 0);
  const image = isThinned ? thin(graph, scope, x, stride) : x;
  return graph.node('Conv', {
    scope,
    inputs: [image, weight, ...(bias ? [bias] : [])],
    shape,
    attributes: {
      kernel_shape: { ints: kernel },
      strides: { ints: isThinned ? [1, 1] : stride },
      pads: { ints: [...padding, ...padding] },
      group: { int: groups },
    },
  });
}

/** The shape of the result, checked for the shortest image that there may be. */
function shapeOf(x: Edge, weight: Edge, bias: Edge | undefined, options: ConvolutionOptions): Sizes {
  const [image, kernels, shift] = [x, weight, bias].map((edge) => edge && shapeAt(edge.shape, 'least'));
  const [, outChannels] = convolvedShape(image!, kernels!, shift, options);
  const sizes = x.shape.slice(2).map((size, axis): Size => {
    const count = windowCount(size, kernels![axis + 2]!, options.stride[axis]!, options.padding[axis]!);
    check(count !== undefined, 'conv2d', 'rows and columns as the input has them', x);
    return count!;
  });
  return [x.shape[0]!, outChannels!, ...sizes];
}

/** Rows and columns at multiples of the stride. */
function thin(graph: GraphBuilder, scope: string, x: Edge, stride: readonly number[]): Edge {
  const sizes = x.shape.slice(2);
  const ends = sizes.map((size) => (isKnown(size) ? size : toTheEnd));
  const left = sizes.map((size, axis) => windowCount(size, 1, stride[axis]!)!);
  return slice(graph, scope, x, [2, 3], [0, 0], ends, stride, [...x.shape.slice(0, 2), ...left]);
}

/** Of an axis whose size is not known. */
const toTheEnd = 2 ** 31 - 1;

function slice(
  graph: GraphBuilder,
  scope: string,
  x: Edge,
  axes: readonly number[],
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[],
  shape: Sizes,
): Edge {
  const inputs = [starts, ends, axes, steps].map((values) => graph.int64s(...values));
  return graph.node('Slice', { scope, inputs: [x, ...inputs], shape });
}
