// Graphs of models for any length.

import type { AnyModel, Ops, Shape } from '@audiozoo/core';
import { parameter, weightsInMemory } from '@audiozoo/core/plugin';
import { type Edge, traceModel } from '@audiozoo/onnx';
import { describe, expect, test } from 'vitest';
import { modelOf } from './tiny-model.js';

type Build = <T>(ops: Ops<T>, x: T, table: T) => T;

/** A model over x [B, 3 to 10, 8] and a table [9, 8]. */
function modelOfAnyLength(y: Shape, build: Build): AnyModel {
  return {
    ...modelOf({}, {}, { y }, (ops, { table }, { x }) => ({ y: build(ops, x!, table!) })),
    parameters: () => ({ table: parameter('table', [9, 8]) }),
    inputs: () => ({ x: { shape: [10, 8], length: { name: 'frames', least: 3 } } }),
  };
}

const stored = weightsInMemory({
  table: { dtype: 'float32', shape: [9, 8], data: new Float32Array(72) },
});
const traced = (y: Shape, build: Build, anyLength = true) =>
  traceModel(modelOfAnyLength(y, build), stored, { config: undefined, anyLength });

describe('a graph for any length', () => {
  test('names what hangs on the length, and knows it again after convolutions that keep it', () => {
    const names = (edges: readonly Edge[]) => edges.map(({ shape }) => shape);
    const { inputs, outputs } = traced([10, 8], (ops, x) => x && ops.add(x, ops.gelu(x)));
    expect(names(inputs)).toEqual(names(outputs));
    expect(inputs[0]!.shape[1]).toEqual({
      times: 1,
      length: { name: 'frames', least: 3, most: 10, plus: 0, per: 1 },
    });
  });

  test('asks for a size at run once, whoever flattens to multiply', () => {
    const { nodes } = traced([10, 9], (ops, x, table) => {
      const once = ops.linear(x, table);
      return ops.add(once, ops.linear(ops.gelu(x), table));
    });
    expect(nodes.filter(({ operator }) => operator === 'Shape')).toHaveLength(1);
  });

  test('has as many nodes as before where it is asked for one length', () => {
    const { nodes, inputs } = traced([10, 9], (ops, x, table) => ops.linear(x, table), false);
    expect(nodes.map(({ operator }) => operator)).toEqual(['Reshape', 'Gemm', 'Reshape', 'Identity']);
    expect(inputs[0]!.shape[1]).toBe(10);
  });

  test.each<[what: string, y: Shape, build: Build, message: string]>([
    [
      'elements that the shortest lacks',
      [4, 8],
      (ops, x) => ops.slice(x, 1, 0, 4),
      'elements 0 to 4 on axis 1',
    ],
    [
      'a table that is too short for the longest',
      [9, 8],
      (ops, x, table) => ops.add(x, ops.sliceLike(ops.reshape(table, [1, 9, 8]), 1, x)),
      'as much as x has on axis 1',
    ],
    [
      'a length met with a number',
      [9, 8],
      (ops, x, table) => ops.add(x, table),
      'shapes that broadcast, got x [batch, frames, 8], table [9, 8]',
    ],
    [
      'a length beside a number',
      [10, 8],
      (ops, x) => ops.concat([x, ops.slice(x, 1, 0, 1)], 1),
      'sizes that differ on axis 1 only',
    ],
    [
      'a shape that only some lengths have',
      [5, 2, 8],
      (ops, x) => ops.reshape(x, [0, -1, 2, 8]),
      'as many elements as [0, -1, 2, 8]',
    ],
    [
      'patches that the shortest has no room for',
      [1, 32],
      (ops, x) => ops.patches(x, { size: [4, 8], stride: [4, 8] }),
      'at least one patch of 4 × 8',
    ],
    [
      'patches of what was flattened',
      [40, 2],
      (ops, x) => ops.patches(ops.reshape(x, [0, -1, 2]), { size: [1, 2], stride: [1, 2] }),
      'at least one patch of 1 × 2',
    ],
    [
      'an output of another size than is declared',
      [9, 8],
      (ops, x) => ops.gelu(x),
      'does not build the output y that it declares',
    ],
  ])('refuses %s', (_, y, build, message) => {
    expect(() => traced(y, build)).toThrow(message);
  });

  test.each(['batch', '2 * batch', 'frames / 2', ''])('refuses %j as the name of a length', (name) => {
    const model: AnyModel = {
      ...modelOfAnyLength([10, 8], (_, x) => x),
      inputs: () => ({ x: { shape: [10, 8], length: { name, least: 3 } } }),
    };
    const options = { config: undefined, anyLength: true };
    expect(() => traceModel(model, stored, options)).toThrow('the name of a length does not fit');
    expect(() => traceModel(model, stored, { ...options, anyLength: false })).not.toThrow();
  });
});
