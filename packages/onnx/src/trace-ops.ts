// `Ops` that computes nothing: each operation checks its shapes and writes down ONNX nodes (opset 20).

import {
  type AttentionOptions,
  castTensor,
  type DType,
  type Ops,
  type Parameter,
  type Shape,
  type StoredTensor,
  tensor,
} from '@audiozoo/core';
import { checkBounds, checkFactor, sameShape } from '@audiozoo/core/plugin';
import { convolve } from './convolution.js';
import {
  broadcastShape,
  elementsOf,
  formatDimensions,
  isKnown,
  product,
  resolveShape,
  type Size,
  type Sizes,
  sameSize,
  sameSizes,
  sizeAt,
} from './dimension.js';
import { check, checkAttention, checkAxis } from './edge-checks.js';
import { absent, type Edge, type GraphBuilder } from './graph.js';
import { integerLinears } from './integer-linear.js';
import { layoutOf } from './layout.js';
import { cutPatches } from './patches.js';
import { microsoftDomain, type Operators } from './standard.js';

export interface TraceOps extends Ops<Edge> {
  /** A stored weight as an edge of its precision; of int8 with its scales, the floats. */
  weight(parameter: Parameter, stored: StoredTensor, scale?: StoredTensor): Edge;
}

export interface TraceOpsOptions {
  readonly operators: Operators;
  readonly precision: 'float32' | 'float16';
  /** Dtypes that may stand in the graph as they are stored, before a Cast; others are converted when read. */
  readonly storedDTypes: readonly DType[];
  /** Whether `linear` multiplies integers where the weight is int8 with scales. */
  readonly integers: boolean;
}

export function traceOps(
  graph: GraphBuilder,
  { operators, precision, storedDTypes, integers }: TraceOpsOptions,
): TraceOps {
  const weights = new Map<
    Edge,
    { readonly name: string; readonly dtype: DType; readonly stored?: StoredTensor }
  >();
  const ofIntegers = integerLinears(graph, operators);

  const layout = layoutOf(graph);
  const { reshape, reshapeLike, transpose } = layout;

  function weightOfShape(name: string, stored: StoredTensor, dtype: DType, shape: Shape): Edge {
    const castInGraph = stored.dtype !== dtype && storedDTypes.includes(stored.dtype);
    const initializer = graph.initializer(name, stored, castInGraph ? stored.dtype : dtype, shape);
    const edge = castInGraph ? graph.cast(initializer, dtype, initializer.name) : initializer;
    weights.set(edge, { name, dtype, stored });
    return edge;
  }

  function scalar(value: number, dtype: DType): Edge {
    return graph.constant(castTensor(tensor('float32', [], Float32Array.of(value)), dtype));
  }

  function scale(x: Edge, factor: number, scope: string): Edge {
    return graph.node('Mul', { scope, inputs: [x, scalar(factor, x.dtype)], shape: x.shape });
  }

  function elementByElement(operator: string, a: Edge, b: Edge, operation: string): Edge {
    const shape = broadcastShape(a.shape, b.shape);
    check(shape !== undefined, operation, 'shapes that broadcast', a, b);
    return graph.node(operator, { scope: graph.scope(operation), inputs: [a, b], shape: shape! });
  }

  /** [..., N, D] → [..., N, heads, D / heads], its last three axes then permuted. */
  function splitHeads(x: Edge, heads: number, permutation: readonly number[], scope: string): Edge {
    const width = x.shape.at(-1) as number;
    const split = [...x.shape.slice(0, -1), heads, width / heads];
    const leading = split.length - 3;
    const axes = [...split.keys()].slice(0, leading).concat(permutation.map((axis) => leading + axis));
    return transpose(reshape(x, split, scope), axes, scope);
  }

  /** softmax(query · keyᵀ / √headDim + bias) in standard operators: [..., heads, Nq, Nk]. */
  function attentionShares(
    query: Edge,
    key: Edge,
    { heads, bias }: AttentionOptions<Edge>,
    scope: string,
  ): Edge {
    const queries = query.shape.at(-2)!;
    const width = query.shape.at(-1) as number;
    // Scaling the query is cheaper than scaling the scores: D numbers a token, not heads · Nk.
    const scaled = scale(query, (width / heads) ** -0.5, scope);
    const shape = [...query.shape.slice(0, -2), heads, queries, key.shape.at(-2)!];
    const product = graph.node('MatMul', {
      scope,
      inputs: [splitHeads(scaled, heads, [1, 0, 2], scope), splitHeads(key, heads, [1, 2, 0], scope)],
      shape,
    });
    const fits = !bias || sameSizes(broadcastShape(shape, bias.shape) ?? [], shape);
    check(fits, 'attention', `a bias that broadcasts to ${formatDimensions(shape)}`, bias ?? query);
    const scores = bias ? graph.node('Add', { scope, inputs: [product, bias], shape }) : product;
    return graph.node('Softmax', { scope, inputs: [scores], shape, attributes: { axis: { int: -1 } } });
  }

  /** Each element by itself. */
  function elementwise(operator: string, x: Edge, operation: string): Edge {
    return graph.node(operator, { scope: graph.scope(operation), inputs: [x], shape: x.shape });
  }

  /** Over one axis, which disappears. */
  function reduce(operator: string, x: Edge, axis: number, operation: string): Edge {
    checkAxis(operation, x, axis);
    return graph.node(operator, {
      scope: graph.scope(operation),
      inputs: [x, graph.int64s(axis)],
      shape: x.shape.toSpliced(axis, 1),
      attributes: { keepdims: { int: 0 } },
    });
  }

  /** Means of rows, by the images that they are of: [B, C, rows] of [B, C, rows, columns]. */
  const imagesOfMeans = new Map<Edge, Edge>();

  function mean(x: Edge, axis: number): Edge {
    const image = axis === 2 && imagesOfMeans.get(x);
    if (image) return meanOfImage(image);
    const means = reduce('ReduceMean', x, axis, 'mean');
    if (axis === 3 && x.shape.length === 4) imagesOfMeans.set(means, x);
    return means;
  }

  /** Of all rows and columns: one pass, for which onnxruntime leaves images as its convolutions have them. [B, C]. */
  function meanOfImage(image: Edge): Edge {
    const scope = graph.scope('mean');
    const [clips, channels] = image.shape;
    const shape = [clips!, channels!, 1, 1];
    const means = graph.node('GlobalAveragePool', { scope, inputs: [image], shape });
    return reshape(means, [clips!, channels!], scope);
  }

  /** A size of x, as a list of one. */
  function sizeAtRun(x: Edge, axis: number, scope: string): Edge {
    const attributes = { start: { int: axis }, end: { int: axis + 1 } };
    return graph.node('Shape', { scope, inputs: [x], shape: [1], dtype: 'int64', attributes });
  }

  /** The scope of what works on a weight: its name up to the last dot. */
  function scopeOf(weight: Edge, operation: string): string {
    const name = weights.get(weight)?.name;
    return graph.scope(name?.includes('.') ? name.slice(0, name.lastIndexOf('.')) : operation);
  }

  function weight({ name, fullPrecision }: Parameter, stored: StoredTensor, scale?: StoredTensor): Edge {
    const dtype = fullPrecision ? 'float32' : precision;
    if (!scale) return weightOfShape(name, stored, dtype, stored.shape);
    const floats = ofIntegers.weight(name, stored, scale);
    const edge = dtype === 'float32' ? floats : graph.cast(floats, dtype, name);
    weights.set(edge, { name, dtype });
    return edge;
  }

  return {
    weight,

    linear(x, weight, bias) {
      const [outSize = 0, inSize = 0] = weight.shape as readonly number[];
      check(weight.shape.length === 2, 'linear', 'a weight [out, in]', weight);
      check(x.shape.at(-1) === inSize, 'linear', `x [..., ${inSize}]`, x, weight);
      check(!bias || sameSizes(bias.shape, [outSize]), 'linear', `a bias [${outSize}]`, bias ?? x);
      const scope = scopeOf(weight, 'linear');
      if (integers && ofIntegers.has(weight)) return ofIntegers.linear(x, weight, bias, scope);
      const rows = elementsOf(x.shape.slice(0, -1));
      check(rows !== undefined, 'linear', 'one size at most that hangs on the length', x);
      // Gemm takes matrices only. The reshapes are free: they move no data.
      const product = graph.node('Gemm', {
        scope,
        inputs: [reshape(x, [rows!, inSize], scope), weight, ...(bias ? [bias] : [])], // [rows, in], [out, in], [out]
        shape: [rows!, outSize],
        attributes: { transB: { int: 1 } },
      });
      return reshapeLike(product, x, outSize, scope); // [..., out]
    },

    attention(query, key, value, options) {
      const { heads, bias } = options;
      checkAttention('attention', query, key, heads);
      check(sameSizes(value.shape, key.shape), 'attention', 'key and value alike', key, value);
      const scope = graph.scope('attention');
      const clips = elementsOf(query.shape.slice(0, -2));
      check(clips !== undefined, 'attention', 'one size at most that hangs on the length', query);
      // The fused operator's bias has neither leading dimensions nor all of broadcasting, and Reshape joins no axes in front
      // of a length that is not known.
      const isFlat = query.shape.length === 3 || [query, key].every(({ shape }) => isKnown(shape.at(-2)));
      if (operators === 'fused' && !bias && isFlat) {
        const flat = [query, key, value].map((x) => reshape(x, [clips!, ...x.shape.slice(-2)], scope));
        const mixed = graph.node('MultiHeadAttention', {
          scope,
          domain: microsoftDomain,
          inputs: flat,
          shape: flat[0]!.shape,
          attributes: { num_heads: { int: heads } },
        });
        return reshapeLike(mixed, query, query.shape.at(-1) as number, scope);
      }
      const shares = attentionShares(query, key, options, scope);
      const values = splitHeads(value, heads, [1, 0, 2], scope); // [..., heads, Nk, D / heads]
      const mixed = graph.node('MatMul', {
        scope,
        inputs: [shares, values],
        shape: shares.shape.with(-1, values.shape.at(-1)!),
      });
      const axes = [...mixed.shape.keys()];
      const joined = transpose(
        mixed,
        [...axes.slice(0, -3), ...[-2, -3, -1].map((axis) => axes.at(axis)!)],
        scope,
      );
      return reshape(joined, query.shape, scope); // [..., Nq, D]
    },

    attentionProbabilities(query, key, { heads }) {
      checkAttention('attentionProbabilities', query, key, heads);
      check(query.shape.length === 3, 'attentionProbabilities', 'a query [B, Nq, D]', query);
      return attentionShares(query, key, { heads }, graph.scope('attentionProbabilities'));
    },

    conv2d: (x, weight, bias, options) =>
      convolve(graph, scopeOf(weight, 'conv2d'), x, weight, bias, options),

    matmul(a, b) {
      const columns = b.shape.at(-1)!;
      const expected = [...a.shape.slice(0, -2), a.shape.at(-1)!, columns];
      const fits = a.shape.length >= 2 && sameSizes(b.shape, expected) && expected.slice(-2).every(isOfClip);
      check(fits, 'matmul', 'a [..., M, K] and b [..., K, N]', a, b);
      return graph.node('MatMul', {
        scope: graph.scope('matmul'),
        inputs: [a, b],
        shape: a.shape.with(-1, columns),
      });
    },

    layerNorm(x, scale, shift, { epsilon }) {
      const width = x.shape.at(-1);
      check(isKnown(width), 'layerNorm', 'x [..., D] with a D that is known', x);
      check(
        sameSizes(scale.shape, [width!]) && sameSizes(shift.shape, [width!]),
        'layerNorm',
        `scale and shift [${width}]`,
        scale,
        shift,
      );
      // Mean and variance are float32 whatever x is: that is the default of stash_type.
      return graph.node('LayerNormalization', {
        scope: scopeOf(scale, 'layerNorm'),
        inputs: [x, scale, shift],
        shape: x.shape,
        attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
      });
    },

    gelu: (x) => elementwise('Gelu', x, 'gelu'),
    relu: (x) => elementwise('Relu', x, 'relu'),
    sigmoid: (x) => elementwise('Sigmoid', x, 'sigmoid'),
    tanh: (x) => elementwise('Tanh', x, 'tanh'),
    hardswish: (x) => elementwise('HardSwish', x, 'hardswish'),

    add: (a, b) => elementByElement('Add', a, b, 'add'),
    multiply: (a, b) => elementByElement('Mul', a, b, 'multiply'),

    remainder(a, b) {
      const scope = graph.scope('remainder');
      const shape = broadcastShape(a.shape, b.shape);
      check(shape !== undefined, 'remainder', 'shapes that broadcast', a, b);
      const node = (operator: string, ...inputs: Edge[]) =>
        graph.node(operator, { scope, inputs, shape: shape! });
      // Half of one more: GPUs divide to a quotient that may lie just below a whole one.
      const half = graph.node('Add', { scope, inputs: [a, scalar(0.5, a.dtype)], shape: a.shape });
      return node('Sub', a, node('Mul', b, node('Floor', node('Div', half, b))));
    },

    scale(x, factor) {
      checkFactor(factor);
      return scale(x, factor, graph.scope('scale'));
    },

    log: (x) => elementwise('Log', x, 'log'),

    clamp(x, bounds) {
      checkBounds(bounds);
      const { least, most } = bounds;
      const limits = [least, most].map((limit) => (limit === undefined ? absent : scalar(limit, x.dtype)));
      return graph.node('Clip', { scope: graph.scope('clamp'), inputs: [x, ...limits], shape: x.shape });
    },

    mean,
    max: (x, axis) => reduce('ReduceMax', x, axis, 'max'),

    reshape(x, shape) {
      const resolved = resolveShape(x.shape, shape);
      check(resolved !== undefined, 'reshape', `as many elements as ${formatDimensions(shape)}`, x);
      const weight = weights.get(x);
      // A weight is reshaped by naming its bytes once more: no node, no copy.
      if (weight?.stored) return weightOfShape(weight.name, weight.stored, weight.dtype, resolved as Shape);
      return reshape(x, resolved!, graph.scope('reshape'));
    },

    transpose(x, permutation) {
      const axes = permutation.toSorted((a, b) => a - b);
      check(
        sameShape(axes, [...x.shape.keys()]),
        'transpose',
        `a permutation of ${x.shape.length} axes, not [${permutation.join(', ')}]`,
        x,
      );
      return transpose(x, permutation, graph.scope('transpose'));
    },

    concat(tensors, axis) {
      const first = tensors[0];
      check(first !== undefined, 'concat', 'one tensor at least');
      checkAxis('concat', first!, axis);
      const sizes = tensors.map(({ shape }) => shape[axis]!);
      const rank = first!.shape.length;
      const fits = tensors.every(
        ({ shape }) => shape.length === rank && sameSizes(shape.with(axis, 0), first!.shape.with(axis, 0)),
      );
      const sum = sumOf(sizes);
      check(fits && sum !== undefined, 'concat', `sizes that differ on axis ${axis} only`, ...tensors);
      return graph.node('Concat', {
        scope: graph.scope('concat'),
        inputs: tensors,
        shape: first!.shape.with(axis, sum!),
        attributes: { axis: { int: axis } },
      });
    },

    slice(x, axis, start, end) {
      checkAxis('slice', x, axis);
      const size = x.shape[axis]!;
      const inside =
        Number.isInteger(start) &&
        Number.isInteger(end) &&
        0 <= start &&
        start < end &&
        end <= sizeAt(size, 'least');
      check(inside && isOfClip(size), 'slice', `elements ${start} to ${end} on axis ${axis}`, x);
      return graph.node('Slice', {
        scope: graph.scope('slice'),
        inputs: [x, graph.int64s(start), graph.int64s(end), graph.int64s(axis)],
        shape: x.shape.with(axis, end - start),
      });
    },

    sliceLike(x, axis, like) {
      checkAxis('sliceLike', x, axis);
      checkAxis('sliceLike', like, axis);
      const [size, count] = [x.shape[axis]!, like.shape[axis]!];
      if (sameSize(size, count)) return x;
      const isShorter = isKnown(size) && isOfClip(count) && sizeAt(count, 'most') <= size;
      check(isShorter, 'sliceLike', `as much as ${like.name} has on axis ${axis}`, x, like);
      const scope = graph.scope('sliceLike');
      return graph.node('Slice', {
        scope,
        inputs: [
          x,
          graph.int64s(0),
          isKnown(count) ? graph.int64s(count) : sizeAtRun(like, axis, scope),
          graph.int64s(axis),
        ],
        shape: x.shape.with(axis, count),
      });
    },

    gather(table, ids) {
      check(table.shape.length === 2 && isKnown(table.shape[1]), 'gather', 'a table [N, D]', table);
      check(ids.dtype === 'int64', 'gather', 'ids of an int64 input', ids);
      const shape = [...ids.shape, table.shape[1]!];
      return graph.node('Gather', { scope: scopeOf(table, 'gather'), inputs: [table, ids], shape });
    },

    take(x, positions) {
      const fits = x.shape.length === 2 && sameSizes(positions.shape, [x.shape[0]!, positions.shape[1] ?? 0]);
      check(fits, 'take', 'x [B, N] and positions [B, M]', x, positions);
      const scope = graph.scope('take');
      return graph.node('GatherElements', {
        scope,
        inputs: [x, graph.cast(positions, 'int32', scope)],
        shape: positions.shape,
        attributes: { axis: { int: 1 } },
      });
    },

    expandBatch(x, like) {
      check(x.shape[0] === 1, 'expandBatch', 'x [1, ...]', x);
      check(like.shape.length > 0, 'expandBatch', 'something with a batch to follow', like);
      const scope = graph.scope('expandBatch');
      const batch = sizeAtRun(like, 0, scope);
      const rest = x.shape.slice(1).map((size) => (isKnown(size) ? size : 1)); // 1 keeps what x has
      const target = rest.length
        ? graph.node('Concat', {
            scope,
            inputs: [batch, graph.int64s(...rest)],
            shape: [x.shape.length],
            attributes: { axis: { int: 0 } },
          })
        : batch;
      return graph.node('Expand', { scope, inputs: [x, target], shape: x.shape.with(0, like.shape[0]!) });
    },

    patches: (x, options) => cutPatches(graph, layout, x, options),
  };
}

/** Whether a size is a clip's own, and not the batch. */
const isOfClip = (size: Size): boolean => isKnown(size) || !size.batch;

/** The size of tensors joined along an axis; undefined where it is not known which size that is. */
function sumOf(sizes: Sizes): Size | undefined {
  const [first] = sizes;
  if (sizes.every(isKnown)) return sizes.reduce((sum, size) => sum + size, 0);
  return sizes.every((size) => sameSize(size, first)) ? product(first!, sizes.length) : undefined;
}
