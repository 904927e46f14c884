// From a training step to an ONNX graph, as trace.ts does it with models.

import { AudiozooError, type DType, type TrainingStep, type Weights } from '@audiozoo/core';
import { stepTensors, storedScale } from '@audiozoo/core/plugin';
import { batch, formatDimensions, sameSizes } from '../dimension.js';
import { createGraph, type Edge, type Graph } from '../graph.js';
import type { Operators } from '../standard.js';
import { traceOps } from '../trace-ops.js';
import { freeEarly } from './node-order.js';
import { trainingOps } from './training-ops.js';

export interface TraceStepOptions {
  /** As `TraceOptions.operators`. */
  readonly operators?: Operators | undefined;
  /** As `TraceOptions.storedDTypes`. */
  readonly storedDTypes?: readonly DType[] | undefined;
}

/**
 * Traces a training step to an ONNX graph in float32 with a symbolic batch. Its inputs are the step's, and then the trained
 * parameters under their names. Throws as `traceModel` does.
 */
export function traceTrainingStep(
  step: TrainingStep,
  weights: Weights,
  { operators = 'stock', storedDTypes = ['float16'] }: TraceStepOptions = {},
): Graph {
  const tensors = stepTensors(step, weights);
  const outputs = Object.entries(step.outputs);
  const graph = createGraph([...Object.keys(step.inputs), ...step.trained, ...outputs.map(([name]) => name)]);
  const traced = traceOps(graph, { operators, precision: 'float32', storedDTypes, integers: false });
  const ops = trainingOps(graph, traced, operators);
  const inputs = Object.entries(step.inputs).map(([name, { dtype = 'float32', shape }]): [string, Edge] => [
    name,
    graph.input(name, [batch, ...shape], dtype),
  ]);
  const resolved = step.parameters.map((each): [string, Edge] => [
    each.name,
    step.trained.has(each.name)
      ? graph.input(each.name, each.shape, 'float32')
      : ops.weight(each, tensors.get(each.name)!, storedScale(each, tensors)),
  ]);
  const built = step.build(ops, new Map(resolved), Object.fromEntries(inputs));
  const results = outputs.map(([name, shape]) => {
    const expected = shape.map((size) => (size === -1 ? batch : size));
    const edge = built[name];
    if (edge && sameSizes(edge.shape, expected)) {
      return graph.node('Identity', { scope: name, inputs: [edge], shape: edge.shape, output: name });
    }
    throw new AudiozooError({
      code: 'shape',
      what: `the training step ${step.name} does not build the output ${name} that it declares`,
      expected: formatDimensions(expected),
      got: edge ? formatDimensions(edge.shape) : 'none',
      hint: "Make the step's `outputs` and `build` agree.",
    });
  });
  return freeEarly(graph.finish(step.name, results));
}
