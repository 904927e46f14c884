// From a model to an ONNX graph: the model's own `build`, run once over operations that write down what
// they are asked for.

import {
  type AnyModel,
  AudiozooError,
  checkOutputs,
  checkWeights,
  type DType,
  resolveParameters,
  sameShape,
  type TensorSpecification,
  type Weights,
} from '@audiozoo/core';
import { formatDimensions } from './dimension.js';
import { createGraph, type Edge, type Graph } from './graph.js';
import { type Operators, traceOps } from './trace-ops.js';

export interface TraceOptions {
  /** The model's config, from its `readConfig`. */
  readonly config: unknown;
  /** Which operators may stand in the graph; `stock` when absent. */
  readonly operators?: Operators | undefined;
  /** What the graph computes in; inputs and outputs are float32 either way. `float32` when absent. */
  readonly precision?: 'float32' | 'float16' | undefined;
  /** Outputs to compute; all of the model's when absent. What only others need is left out. */
  readonly outputs?: readonly string[] | undefined;
  /**
   * Dtypes that weights may keep in the graph, a Cast behind them; other dtypes are converted when the
   * graph is encoded. `float16` when absent, which every runtime casts.
   */
  readonly storedDTypes?: readonly DType[] | undefined;
}

/**
 * Traces a model to an ONNX graph (opset 20) with a symbolic batch. Reads no weights: `encodeGraph` does.
 * Throws a `weights` error when the weights do not fit the model, a `shape` error that names the operation
 * when its tensors do not fit, and an `argument` error for unknown outputs.
 */
export function traceModel(
  model: AnyModel,
  weights: Weights,
  { config, operators = 'stock', precision = 'float32', outputs, storedDTypes = ['float16'] }: TraceOptions,
): Graph {
  const parameters = model.parameters(config);
  checkWeights(parameters, weights.tensors);
  const specifications = model.outputs(config);
  const wanted = chooseOutputs(specifications, outputs);

  const inputSpecifications = model.inputs(config);
  const graph = createGraph([...Object.keys(inputSpecifications), ...wanted]);
  const ops = traceOps(graph, { operators, precision, storedDTypes });
  const inputs = Object.entries(inputSpecifications).map(([name, { shape }]): [string, Edge] => {
    const input = graph.input(name, [-1, ...shape]);
    return [name, precision === 'float32' ? input : ops.cast(input, precision, name)];
  });
  const resolved = resolveParameters(parameters, ({ name }) => ops.weight(name, weights.tensors.get(name)!));
  const built = model.build(ops, resolved, Object.fromEntries(inputs), config);

  const results = wanted.map((name) => {
    const expected = [-1, ...specifications[name]!.shape];
    const edge = built[name];
    if (!edge || !sameShape(edge.shape, expected)) {
      throw new AudiozooError({
        code: 'shape',
        what: `${model.type} does not build the output ${name} that it declares`,
        expected: formatDimensions(expected),
        got: edge ? formatDimensions(edge.shape) : 'none',
        mend: "Make the model's `outputs` and `build` agree.",
      });
    }
    return edge.dtype === 'float32'
      ? graph.node('Identity', { scope: name, inputs: [edge], shape: edge.shape, output: name })
      : ops.cast(edge, 'float32', name, name);
  });
  return graph.finish(model.type, results);
}

/** The outputs asked for, each once; throws an `argument` error for none and for unknown ones. */
function chooseOutputs(
  specifications: Readonly<Record<string, TensorSpecification>>,
  asked: readonly string[] | undefined,
): string[] {
  const wanted = new Set(checkOutputs(specifications, asked));
  if (wanted.size > 0) return [...wanted];
  throw new AudiozooError({
    code: 'argument',
    what: 'a graph must compute something',
    expected: `some of ${Object.keys(specifications).join(', ')}`,
    got: 'no outputs',
  });
}
