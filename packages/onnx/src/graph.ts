// A graph while it is being written down: nodes in the order they are recorded, and initializers that
// still lie where the weights lie. Nothing here reads a weight.

import {
  AudiozooError,
  type DType,
  type Shape,
  type StoredTensor,
  type Tensor,
  tensor,
} from '@audiozoo/core';
import { weightsInMemory } from '@audiozoo/core/plugin';
import { formatDimensions, isKnown, type Sizes } from './dimension.js';
import { onnxDType } from './standard.js';

/** A value between nodes. */
export interface Edge {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Sizes;
}

export type Attribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number };

export interface GraphNode {
  readonly operator: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly Edge[];
  readonly outputs: readonly Edge[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Stands among a node's inputs for an optional one that is not given. */
export const absent: Edge = { name: '', dtype: 'float32', shape: [] };

/** A tensor that the graph starts from. `stored` holds its elements, perhaps under another dtype or shape. */
export interface Initializer extends Edge {
  readonly shape: Shape;
  readonly stored: StoredTensor;
}

/** A finished graph. Every node and initializer leads to an output. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Edge[];
  readonly outputs: readonly Edge[];
  readonly nodes: readonly GraphNode[];
  readonly initializers: readonly Initializer[];
}

export interface NodeDescription {
  /** Where the node belongs: `encoder.layer.0.attention`; its operator is added. */
  readonly scope: string;
  readonly inputs: readonly Edge[];
  readonly shape: Sizes;
  /** That of the first input when absent. */
  readonly dtype?: DType;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly domain?: string;
  /** What to call the output; the node's name when absent. */
  readonly output?: string;
}

export interface GraphBuilder {
  /** A node. Where inputs in float32 meet others in float16 they are cast: operators take one of the two. */
  node(operator: string, description: NodeDescription): Edge;
  /** A node of several outputs, each with its name after the node's. */
  nodeOf(
    operator: string,
    description: Omit<NodeDescription, 'shape' | 'dtype' | 'output'>,
    outputs: readonly Edge[],
  ): readonly Edge[];
  /** x in another dtype; the output is named when `output` says so. */
  cast(x: Edge, dtype: DType, scope: string, output?: string): Edge;
  input(name: string, shape: Sizes, dtype: DType): Edge;
  /** A stored tensor's elements under `shape` as an edge: converted when read if `dtype` is not the stored one. */
  initializer(name: string, stored: StoredTensor, dtype: DType, shape: Shape): Edge;
  /** A small tensor that stands in the graph itself; equal ones are kept once. */
  constant(tensor: Tensor): Edge;
  /** Such a tensor of whole numbers [values.length], as nodes take sizes and axes. */
  int64s(...values: number[]): Edge;
  /** A name that no scope has yet: `attention`, `attention_2`. */
  scope(name: string): string;
  /** The graph that computes `outputs`, and nothing besides. */
  finish(name: string, outputs: readonly Edge[]): Graph;
}

/** An empty graph. `reserved` are the names of its inputs and outputs, which nothing else may have. */
export function createGraph(reserved: readonly string[]): GraphBuilder {
  const nodes: GraphNode[] = [];
  const inputs: Edge[] = [];
  const initializers: Initializer[] = [];
  const constants = new Map<string, Edge>();
  const unique = uniqueNames(reserved);
  const uniqueScope = uniqueNames();

  const halved = (edge: Edge) =>
    edge.dtype === 'float32' && edge !== absent ? builder.cast(edge, 'float16', edge.name) : edge;

  const builder: GraphBuilder = {
    node(operator, { scope, inputs: given, shape, dtype, attributes = {}, domain = '', output }) {
      checkBatch(scope, shape);
      const inputs = given.some((edge) => edge.dtype === 'float16') ? given.map(halved) : given;
      const name = unique(`${scope}/${operator}`);
      const edge: Edge = { name: output ?? name, dtype: dtype ?? inputs[0]!.dtype, shape };
      nodes.push({ operator, domain, name, inputs, outputs: [edge], attributes });
      return edge;
    },
    nodeOf(operator, { scope, inputs, attributes = {}, domain = '' }, described) {
      const name = unique(`${scope}/${operator}`);
      const outputs = described.map((output) => ({ ...output, name: unique(`${name}/${output.name}`) }));
      nodes.push({ operator, domain, name, inputs, outputs, attributes });
      return outputs;
    },
    cast(x, dtype, scope, output) {
      const attributes = { to: { int: onnxDType[dtype] } };
      const rest = output === undefined ? {} : { output };
      return builder.node('Cast', { scope, inputs: [x], shape: x.shape, dtype, attributes, ...rest });
    },
    input(name, shape, dtype) {
      const edge: Edge = { name, dtype, shape };
      inputs.push(edge);
      return edge;
    },
    initializer(name, stored, dtype, shape) {
      const initializer: Initializer = { name: unique(name), dtype, shape, stored };
      initializers.push(initializer);
      return initializer;
    },
    constant(tensor) {
      const key = `${tensor.dtype} ${tensor.shape} ${tensor.data}`;
      const known = constants.get(key);
      if (known) return known;
      const stored = weightsInMemory({ constant: tensor }).tensors.get('constant')!;
      const edge = builder.initializer('constant', stored, tensor.dtype, tensor.shape);
      constants.set(key, edge);
      return edge;
    },
    int64s: (...values) =>
      builder.constant(tensor('int64', [values.length], BigInt64Array.from(values, BigInt))),
    scope: uniqueScope,
    finish(name, outputs) {
      const needed = new Set<Edge>(outputs);
      const isNeeded = ({ outputs }: GraphNode) => outputs.some((output) => needed.has(output));
      for (const node of nodes.toReversed()) {
        if (isNeeded(node)) for (const edge of node.inputs) needed.add(edge);
      }
      return {
        name,
        inputs,
        outputs,
        nodes: nodes.filter(isNeeded),
        initializers: initializers.filter((initializer) => needed.has(initializer)),
      };
    },
  };
  return builder;
}

/** Hands out each name once: `add`, `add_2`, `add_3`. */
function uniqueNames(reserved: readonly string[] = []): (name: string) => string {
  const taken = new Set(reserved);
  const counts = new Map<string, number>();
  return (name) => {
    let candidate = name;
    let count = counts.get(name) ?? 1;
    while (taken.has(candidate)) candidate = `${name}_${++count}`;
    counts.set(name, count);
    taken.add(candidate);
    return candidate;
  };
}

function checkBatch(scope: string, shape: Sizes): void {
  if (shape.filter((size) => !isKnown(size) && size.batch).length <= 1) return;
  throw new AudiozooError({
    code: 'shape',
    what: `${scope} makes a tensor of which two sizes depend on the batch`,
    expected: 'one such size at most',
    got: formatDimensions(shape),
    hint: 'Have the model keep the batch in front, as an axis of its own.',
  });
}
