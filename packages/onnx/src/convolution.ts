// Convolutions as nodes, around two that onnxruntime's WebGPU kernels compute wrongly.

import { type ConvolutionOptions, type Shape, tensor } from '@audiozoo/core';
import { convolvedShape } from '@audiozoo/core/plugin';
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
  const shape = convolvedShape(x.shape, weight.shape, bias?.shape, options);
  const { stride, padding, groups = 1 } = options;
  const [outChannels = 0, groupChannels = 0, ...kernel] = weight.shape;
  if (groups > 1 && groupChannels > 1) {
    // Groups of several channels are what is wrong there first: one convolution for each is right.
    const own = outChannels / groups;
    const parts = Array.from({ length: groups }, (_, group) => {
      const ofGroup = (edge: Edge, axis: number, size: number) =>
        slice(graph, scope, edge, [axis], [group * size], [(group + 1) * size]);
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
  const image = isThinned ? slice(graph, scope, x, [2, 3], [0, 0], x.shape.slice(2), stride) : x;
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

function slice(
  graph: GraphBuilder,
  scope: string,
  x: Edge,
  axes: readonly number[],
  starts: Shape,
  ends: Shape,
  steps: readonly number[] = axes.map(() => 1),
): Edge {
  const inputs = [starts, ends, axes, steps].map((values) =>
    graph.constant(tensor('int64', [values.length], BigInt64Array.from(values, BigInt))),
  );
  const shape = axes.reduce<Shape>(
    (shape, axis, index) => shape.with(axis, Math.ceil((ends[index]! - starts[index]!) / steps[index]!)),
    x.shape,
  );
  return graph.node('Slice', { scope, inputs: [x, ...inputs], shape });
}
