// What both towers are made of.

import type { AttentionOptions, Ops, Resolved } from '@audiozoo/core';
import { parameter } from '@audiozoo/core/plugin';

export function linearParameters(name: string, outDim: number, inDim: number, bias = true) {
  return {
    weight: parameter(`${name}.weight`, [outDim, inDim], { quantizable: true }),
    bias: bias ? parameter(`${name}.bias`, [outDim]) : undefined,
  };
}

export function normParameters(name: string, dim: number) {
  return { scale: parameter(`${name}.weight`, [dim]), shift: parameter(`${name}.bias`, [dim]) };
}

/** Of all batch norms. */
export const batchNormEpsilon = 1e-5;

/** Numbers that no file holds. */
export function constant(name: string, shape: readonly number[], value: (index: number) => number) {
  const length = shape.reduce((product, size) => product * size, 1);
  return parameter(name, shape, {
    derived: { from: [], compute: () => Float32Array.from({ length }, (_, index) => value(index)) },
  });
}

export function blockParameters(
  name: string,
  { width, mlpDim, bias }: { width: number; mlpDim: number; bias: boolean },
) {
  return {
    query: linearParameters(`${name}.attention.self.query`, width, width, bias),
    key: linearParameters(`${name}.attention.self.key`, width, width, bias),
    value: linearParameters(`${name}.attention.self.value`, width, width, bias),
    output: linearParameters(`${name}.attention.output.dense`, width, width),
    mlp1: linearParameters(`${name}.intermediate.dense`, mlpDim, width),
    mlp2: linearParameters(`${name}.output.dense`, width, mlpDim),
  };
}

type BlockParameters = ReturnType<typeof blockParameters>;

/** From a tower's own width to the space of both, and to length 1. */
export function projectionParameters(name: string, inDim: number, outDim: number) {
  return {
    first: linearParameters(`${name}.linear1`, outDim, inDim),
    second: linearParameters(`${name}.linear2`, outDim, outDim),
    unit: {
      scale: constant(`${name}.unit.scale`, [2 * outDim], () => 1 / Math.sqrt(outDim)),
      shift: constant(`${name}.unit.shift`, [2 * outDim], () => 0),
    },
  };
}

interface Linear<T> {
  readonly weight: T;
  readonly bias: T | undefined;
}

export interface Norm<T> {
  readonly scale: T;
  readonly shift: T;
}

export function linear<T>(ops: Ops<T>, { weight, bias }: Linear<T>, x: T): T {
  return ops.linear(x, weight, bias);
}

export function layerNorm<T>(ops: Ops<T>, { scale, shift }: Norm<T>, x: T, epsilon: number): T {
  return ops.layerNorm(x, scale, shift, { epsilon });
}

/** x [..., N, D] → the same, of what its tokens see in one another. */
export function attend<T>(
  ops: Ops<T>,
  { query, key, value, output }: Resolved<Pick<BlockParameters, 'query' | 'key' | 'value' | 'output'>, T>,
  x: T,
  options: AttentionOptions<T>,
): T {
  const qkv = [linear(ops, query, x), linear(ops, key, x), linear(ops, value, x)] as const;
  return linear(ops, output, ops.attention(...qkv, options));
}

/** x [B, in] → [B, D] of length 1. x beside −x has the mean 0 and the variance |x|² / D, by which a layer norm divides. */
export function project<T>(
  ops: Ops<T>,
  weights: {
    readonly first: Linear<T>;
    readonly second: Linear<T>;
    readonly unit: Norm<T>;
  },
  x: T,
  dim: number,
): T {
  const projected = linear(ops, weights.second, ops.relu(linear(ops, weights.first, x)));
  const mirrored = ops.concat([projected, ops.scale(projected, -1)], 1); // [B, 2D]
  return ops.slice(layerNorm(ops, weights.unit, mirrored, 1e-12), 1, 0, dim);
}
