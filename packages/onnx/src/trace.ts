// From a model to an ONNX graph: the model's own `build`, run once over operations that write down what
// they are asked for.

import {
  type AnyModel,
  AudiozooError,
  type DType,
  type InputSpecification,
  type Weights,
} from '@audiozoo/core';
import {
  chooseOutputs,
  modelTensors,
  quote,
  resolveParameters,
  sameShape,
  storedScale,
} from '@audiozoo/core/plugin';
import { batch, formatDimensions, type Sizes, sameSize, shapeAt } from './dimension.js';
import { createGraph, type Edge, type Graph } from './graph.js';
import type { Operators } from './standard.js';
import { traceOps } from './trace-ops.js';

export interface TraceOptions {
  /** The model's config, from its `readConfig`. */
  readonly config: unknown;
  /** Which operators may stand in the graph; `stock` when absent. */
  readonly operators?: Operators | undefined;
  /**
   * What the graph computes in, but for what the model has in `fullPrecision`; inputs and outputs are float32
   * either way. `float32` when absent.
   */
  readonly precision?: 'float32' | 'float16' | undefined;
  /** Outputs to compute; all when absent but those on request. What only others need is left out. */
  readonly outputs?: readonly string[] | undefined;
  /** Whether inputs of which the model says so are of any length; else they are as long as the config says. */
  readonly anyLength?: boolean | undefined;
  /**
   * Dtypes that weights may keep in the graph, a Cast behind them; other dtypes are converted when the
   * graph is encoded. `float16` when absent, which every runtime casts.
   */
  readonly storedDTypes?: readonly DType[] | undefined;
  /**
   * Whether linears multiply integers where their weights are stored as int8, in a graph of float32: CPUs do so
   * faster. Otherwise, and when absent, the graph makes floats of such weights, which runtimes do as they load.
   */
  readonly integers?: boolean | undefined;
}

/**
 * Traces a model to an ONNX graph (opset 20) with a symbolic batch, and with a symbolic length if asked for. Reads no weights: `encodeGraph` does.
 * Throws a `weights` error when the weights do not fit the model, a `shape` error that names the operation
 * when its tensors do not fit, and an `argument` error for unknown outputs, or where a length is called as another size is.
 */
export function traceModel(
  model: AnyModel,
  weights: Weights,
  {
    config,
    operators = 'stock',
    precision = 'float32',
    outputs,
    anyLength = false,
    storedDTypes = ['float16'],
    integers = false,
  }: TraceOptions,
): Graph {
  const tensors = modelTensors(model, config, weights);
  const specifications = chooseOutputs(model.outputs(config), outputs);
  const wanted = Object.keys(specifications);

  const inputSpecifications = model.inputs(config);
  const graph = createGraph([...Object.keys(inputSpecifications), ...wanted]);
  const ops = traceOps(graph, {
    operators,
    precision,
    storedDTypes,
    integers: integers && precision === 'float32',
  });
  const inputs = Object.entries(inputSpecifications).map(([name, specification]): [string, Edge] => {
    const { dtype = 'float32' } = specification;
    const input = graph.input(name, [batch, ...sizesOf(specification, anyLength)], dtype);
    const stays = precision === dtype || specification.dtype === 'int64' || specification.fullPrecision;
    return [name, stays ? input : graph.cast(input, precision, name)];
  });
  const resolved = resolveParameters(model.parameters(config), (each) =>
    ops.weight(each, tensors.get(each.name)!, storedScale(each, tensors)),
  );
  const built = model.build(ops, resolved, Object.fromEntries(inputs), config, new Set(wanted));

  const results = wanted.map((name) => {
    const expected = [batch, ...specifications[name]!.shape];
    const edge = built[name];
    const fits =
      edge &&
      sameSize(edge.shape[0], batch) &&
      sameShape(shapeAt(edge.shape, 'most'), shapeAt(expected, 'most'));
    if (!fits) {
      throw new AudiozooError({
        code: 'shape',
        what: `${model.type} does not build the output ${name} that it declares`,
        expected: formatDimensions(expected),
        got: edge ? formatDimensions(edge.shape) : 'none',
        hint: "Make the model's `outputs` and `build` agree.",
      });
    }
    return edge.dtype === 'float32'
      ? graph.node('Identity', { scope: name, inputs: [edge], shape: edge.shape, output: name })
      : graph.cast(edge, 'float32', name, name);
  });
  return graph.finish(model.type, results);
}

/** Sizes after the batch, the first of which may be any length. */
function sizesOf({ shape, length }: InputSpecification, anyLength: boolean): Sizes {
  if (!anyLength || !length) return shape;
  checkName(length.name);
  return [{ times: 1, length: { ...length, most: shape[0]!, plus: 0, per: 1 } }, ...shape.slice(1)];
}

/** Sizes are told apart by what they are called. */
function checkName(name: string): void {
  if (/^[a-z_]\w*$/i.test(name) && name !== 'batch') return;
  throw new AudiozooError({
    code: 'argument',
    what: 'the name of a length does not fit',
    expected: 'letters, digits and underscores, and not `batch`, which is the first size of every input',
    got: quote(name),
    hint: "Call it otherwise in the model's `inputs`, such as `frames`.",
  });
}
