// `TrainingOps` that computes nothing: the way back as ONNX nodes.

import { type Shape, type TrainingOps, tensor } from '@audiozoo/core';
import { broadcastShape, elementsOf, isKnown, type Size, type Sizes, sameSizes } from '../dimension.js';
import { check, checkAttention, checkAxis } from '../edge-checks.js';
import type { Edge, GraphBuilder } from '../graph.js';
import { microsoftDomain, type Operators } from '../standard.js';
import type { TraceOps } from '../trace-ops.js';

export function trainingOps(
  graph: GraphBuilder,
  ops: TraceOps,
  operators: Operators,
): TrainingOps<Edge> & TraceOps {
  const scalar = (value: number) => graph.constant(tensor('float32', [], Float32Array.of(value)));
  const filled = (size: number, value: number) =>
    graph.constant(tensor('float32', [size], new Float32Array(size).fill(value)));

  const unary = (operator: string, x: Edge, scope: string) =>
    graph.node(operator, { scope, inputs: [x], shape: x.shape });

  /** Element by element; b may be smaller. */
  function binary(operator: string, a: Edge, b: Edge, scope: string): Edge {
    return graph.node(operator, { scope, inputs: [a, b], shape: broadcastShape(a.shape, b.shape)! });
  }

  function compare(operator: 'Greater' | 'Less', x: Edge, bound: number, scope: string): Edge {
    return graph.node(operator, { scope, inputs: [x, scalar(bound)], shape: x.shape, dtype: 'bool' });
  }

  function choose(where: Edge, chosen: Edge, other: Edge, scope: string): Edge {
    const shape = broadcastShape(chosen.shape, other.shape)!;
    return graph.node('Where', { scope, inputs: [where, chosen, other], shape, dtype: 'float32' });
  }

  function softmax(x: Edge, scope: string): Edge {
    const attributes = { axis: { int: -1 } };
    return graph.node('Softmax', { scope, inputs: [x], shape: x.shape, attributes });
  }

  function reduce(
    operator: 'ReduceSum' | 'ReduceMean',
    x: Edge,
    axes: readonly number[],
    scope: string,
    keep = false,
  ): Edge {
    const shape = keep
      ? x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
      : x.shape.filter((_, axis) => !axes.includes(axis));
    const attributes = { keepdims: { int: keep ? 1 : 0 } };
    return graph.node(operator, { scope, inputs: [x, graph.int64s(...axes)], shape, attributes });
  }

  /** The product of the matrices in the last two axes, a or b turned before, times `factor`. */
  function product(
    a: Edge,
    b: Edge,
    scope: string,
    { turnA = false, turnB = false, factor = 1 }: { turnA?: boolean; turnB?: boolean; factor?: number } = {},
  ): Edge {
    const shape = [...a.shape.slice(0, -2), a.shape.at(turnA ? -1 : -2)!, b.shape.at(turnB ? -2 : -1)!];
    const turns = { transA: { int: turnA ? 1 : 0 }, transB: { int: turnB ? 1 : 0 } };
    if (shape.length === 2) {
      const attributes = { ...turns, alpha: { float: factor } };
      return graph.node('Gemm', { scope, inputs: [a, b], shape, attributes });
    }
    if (operators === 'fused') {
      const attributes = { ...turns, alpha: { float: factor } };
      return graph.node('FusedMatMul', { scope, inputs: [a, b], shape, attributes, domain: microsoftDomain });
    }
    const matrices = [turnA ? turned(a) : a, turnB ? turned(b) : b];
    const plain = graph.node('MatMul', { scope, inputs: matrices, shape });
    return factor === 1 ? plain : binary('Mul', plain, scalar(factor), scope);
  }

  function turned(x: Edge): Edge {
    const axes = [...x.shape.keys()];
    return ops.transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
  }

  /** C of an x [B, C, ...] and of vectors that have an element for each. */
  function channelsOf(operation: string, x: Edge, ...vectors: readonly Edge[]): number {
    const channels = x.shape[1];
    const fits = isKnown(channels) && vectors.every(({ shape }) => sameSizes(shape, [channels]));
    check(fits, operation, 'x [B, C, ...] and vectors [C]', x, ...vectors);
    return channels as number;
  }

  const othersThanChannels = (x: Edge) => [...x.shape.keys()].filter((axis) => axis !== 1);

  /** A vector [C] as it meets x [B, C, ...]. */
  function alongChannels(vector: Edge, x: Edge, scope: string): Edge {
    const shape = [vector.shape[0] as number, ...x.shape.slice(2).map(() => 1)];
    return graph.node('Reshape', { scope, inputs: [vector, graph.int64s(...shape)], shape });
  }

  /** All rows of the last axis together. */
  function sumRows(x: Edge, scope: string): Edge {
    const axes = [...x.shape.keys()].slice(0, -1);
    return reduce('ReduceSum', x, axes, scope);
  }

  return {
    ...ops,

    shapeOf: (x) => x.shape.map((size) => numberOf(size, x)),

    sum(x, axes) {
      for (const axis of axes) checkAxis('sum', x, axis);
      return reduce('ReduceSum', x, axes, graph.scope('sum'));
    },

    pad(x, axis, before, after) {
      checkAxis('pad', x, axis);
      const size = x.shape[axis];
      check(isKnown(size) && before >= 0 && after >= 0, 'pad', 'an axis that is not the batch', x);
      const along = (size: number) => x.shape.map((_, each) => (each === axis ? size : 0));
      return graph.node('Pad', {
        scope: graph.scope('pad'),
        inputs: [x, graph.int64s(...along(before), ...along(after))],
        shape: x.shape.with(axis, before + (size as number) + after),
      });
    },

    repeat(x, axis, count) {
      check(x.shape[axis] === 1, 'repeat', `axis ${axis} of size 1`, x);
      const target: Shape = x.shape.map((_, each) => (each === axis ? count : 1));
      return graph.node('Expand', {
        scope: graph.scope('repeat'),
        inputs: [x, graph.int64s(...target)],
        shape: x.shape.with(axis, count),
      });
    },

    transposedMatmul(a, b) {
      const fits = a.shape.length >= 2 && sameSizes(a.shape.slice(0, -1), b.shape.slice(0, -1));
      check(fits, 'transposedMatmul', 'a [..., R, M] and b [..., R, N]', a, b);
      return product(a, b, graph.scope('transposedMatmul'), { turnA: true });
    },

    softmax: (x) => softmax(x, graph.scope('softmax')),

    geluGradient(x, dy) {
      // Φ(x) + x φ(x) = (1 + erf(s) + s · exp(ln(2 / √π) − s²)) / 2 with s = x / √2
      const scope = graph.scope('geluGradient');
      const s = binary('Mul', x, scalar(Math.SQRT1_2), scope);
      const square = binary('Mul', s, s, scope);
      const peak = scalar(Math.log(2 / Math.sqrt(Math.PI)));
      const bell = unary('Exp', binary('Sub', peak, square, scope), scope);
      const sum = binary('Add', unary('Erf', s, scope), binary('Mul', s, bell, scope), scope);
      const twice = binary('Mul', dy, binary('Add', sum, scalar(1), scope), scope);
      return binary('Mul', twice, scalar(0.5), scope);
    },

    reluGradient(x, dy) {
      const scope = graph.scope('reluGradient');
      return choose(compare('Greater', x, 0, scope), dy, scalar(0), scope);
    },

    hardswishGradient(x, dy) {
      const scope = graph.scope('hardswishGradient');
      const between = binary('Add', binary('Mul', x, scalar(1 / 3), scope), scalar(0.5), scope);
      const upTo3 = choose(compare('Less', x, 3, scope), between, scalar(1), scope);
      const slope = choose(compare('Greater', x, -3, scope), upTo3, scalar(0), scope);
      return binary('Mul', dy, slope, scope);
    },

    layerNormGradient(x, scale, dy, { epsilon }) {
      const width = x.shape.at(-1) as number;
      check(sameSizes(x.shape, dy.shape) && isKnown(width), 'layerNormGradient', 'dy as large as x', x, dy);
      const scope = graph.scope('layerNormGradient');
      const row = x.shape.with(-1, 1);
      // Normalized once more rather than kept: the spread comes with it.
      const [normal, , spread] = graph.nodeOf(
        'LayerNormalization',
        {
          scope,
          inputs: [x, filled(width, 1), filled(width, 0)],
          attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
        },
        [
          { name: 'normal', dtype: 'float32', shape: x.shape },
          { name: 'mean', dtype: 'float32', shape: row },
          { name: 'inverse_spread', dtype: 'float32', shape: row },
        ],
      ) as [Edge, Edge, Edge];
      const last = [x.shape.length - 1];
      const scaled = binary('Mul', dy, scale, scope);
      const average = reduce('ReduceMean', scaled, last, scope, true);
      const along = reduce('ReduceMean', binary('Mul', scaled, normal, scope), last, scope, true);
      const centered = binary('Sub', scaled, average, scope);
      const inner = binary('Sub', centered, binary('Mul', normal, along, scope), scope);
      return {
        x: binary('Mul', inner, spread, scope),
        scale: sumRows(binary('Mul', dy, normal, scope), scope),
        shift: sumRows(dy, scope),
      };
    },

    batchNorm(x, scale, shift, { epsilon }) {
      const channels = channelsOf('batchNorm', x, scale, shift);
      const scope = graph.scope('batchNorm');
      const others = othersThanChannels(x);
      const mean = reduce('ReduceMean', x, others, scope);
      const centered = binary('Sub', x, alongChannels(mean, x, scope), scope);
      // Not E(x²) − E(x)², which loses what is small beside the mean.
      const squares = reduce('ReduceSum', binary('Mul', centered, centered, scope), others, scope);
      const elements = graph.node('Size', { scope, inputs: [x], shape: [], dtype: 'int64' });
      const count = binary('Mul', graph.cast(elements, 'float32', scope), scalar(1 / channels), scope);
      const variance = binary('Div', squares, count, scope);
      const sampleVariance = binary('Div', squares, binary('Sub', count, scalar(1), scope), scope);
      const inputs = [x, scale, shift, mean, variance];
      const attributes = { epsilon: { float: epsilon } };
      const y = graph.node('BatchNormalization', { scope, inputs, shape: x.shape, attributes });
      return { y, mean, variance, sampleVariance };
    },

    batchNormGradient(x, { mean, variance }, scale, dy, { epsilon }) {
      channelsOf('batchNormGradient', x, mean, variance, scale);
      check(sameSizes(x.shape, dy.shape), 'batchNormGradient', 'dy as large as x', x, dy);
      const scope = graph.scope('batchNormGradient');
      const others = othersThanChannels(x);
      const along = (each: Edge) => alongChannels(each, x, scope);
      const spread = unary('Sqrt', binary('Add', variance, scalar(epsilon), scope), scope);
      const normal = binary('Div', binary('Sub', x, along(mean), scope), along(spread), scope);
      const products = binary('Mul', dy, normal, scope);
      const average = reduce('ReduceMean', dy, others, scope);
      const share = reduce('ReduceMean', products, others, scope);
      const centered = binary('Sub', dy, along(average), scope);
      const inner = binary('Sub', centered, binary('Mul', normal, along(share), scope), scope);
      return {
        x: binary('Mul', inner, along(binary('Div', scale, spread, scope)), scope),
        scale: reduce('ReduceSum', products, others, scope),
        shift: reduce('ReduceSum', dy, others, scope),
      };
    },

    attentionGradient(query, key, value, output, dy, { heads, bias }) {
      checkAttention('attentionGradient', query, key, heads);
      const alike = [output, dy].every(({ shape }) => sameSizes(shape, query.shape));
      check(alike, 'attentionGradient', 'an output and dy as large as the query', query, output, dy);
      const scope = graph.scope('attentionGradient');
      const size = (query.shape.at(-1) as number) / heads;
      const leading = query.shape.slice(0, -2);
      const clips = elementsOf(leading)!;
      const open = (sizes: Sizes): Shape => sizes.map((each) => (isKnown(each) ? each : -1));
      const split = (x: Edge) => {
        const parts = ops.reshape(x, open([clips, x.shape.at(-2)!, heads, size]));
        return ops.transpose(parts, [0, 2, 1, 3]); // [B, heads, N, D / heads]
      };
      const join = (x: Edge, like: Edge) => ops.reshape(ops.transpose(x, [0, 2, 1, 3]), open(like.shape));

      const [q, k, v, o, d] = [query, key, value, output, dy].map(split) as [Edge, Edge, Edge, Edge, Edge];
      const factor = size ** -0.5;
      const raw = product(q, k, scope, { turnB: true, factor }); // [B, heads, Nq, Nk]
      const apart: Sizes = [...leading, heads, query.shape.at(-2)!, key.shape.at(-2)!];
      const scores = bias ? ops.reshape(ops.add(ops.reshape(raw, open(apart)), bias), open(raw.shape)) : raw;
      const shares = softmax(scores, scope);
      const ofShares = product(d, v, scope, { turnB: true });
      // Σ share · its gradient is what the output times dy comes to: a row of D / heads numbers, not of Nk.
      const average = reduce('ReduceSum', binary('Mul', d, o, scope), [3], scope, true); // [B, heads, Nq, 1]
      const ofScores = binary('Mul', shares, binary('Sub', ofShares, average, scope), scope);
      return {
        query: join(product(ofScores, k, scope, { factor }), query),
        key: join(product(ofScores, q, scope, { turnA: true, factor }), key),
        value: join(product(shares, d, scope, { turnA: true }), value),
        scores: ops.reshape(ofScores, open(apart)),
      };
    },
  };
}

/** As `TrainingOps.shapeOf` gives sizes: all that is not known is the batch, so many times. */
function numberOf(size: Size, x: Edge): number {
  if (isKnown(size)) return size;
  check(!size.length, 'training', 'inputs of one length', x);
  return -size.times;
}
