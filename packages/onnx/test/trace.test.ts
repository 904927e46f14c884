import {
  type AnyModel,
  AudiozooError,
  type Ops,
  readTensor,
  type Shape,
  type StoredTensor,
  tensor,
} from '@audiozoo/core';
import { parameter, weightsInMemory } from '@audiozoo/core/plugin';
import { randomTensor } from '@audiozoo/core/testing';
import { batch, type Graph, type TraceOptions, traceModel } from '@audiozoo/onnx';
import { describe, expect, test } from 'vitest';
import { modelOf, tinyModel, tinyTensors } from './tiny-model.js';

const weights = weightsInMemory(tinyTensors);
const config = undefined;

function operators(graph: Graph): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { operator } of graph.nodes) counts[operator] = (counts[operator] ?? 0) + 1;
  return counts;
}

const initializerNames = (graph: Graph) => graph.initializers.map(({ name }) => name);

describe('a traced graph', () => {
  test('holds one Gemm per linear, and one node for attention when fused', () => {
    expect(operators(traceModel(tinyModel, weights, { config, operators: 'fused' }))).toMatchObject({
      Gemm: 5,
      MultiHeadAttention: 1,
      LayerNormalization: 1,
      Gelu: 2,
      ReduceMean: 1,
    });
  });

  test('holds nothing outside the standard when stock', () => {
    const graph = traceModel(tinyModel, weights, { config });
    expect(new Set(graph.nodes.map(({ domain }) => domain))).toEqual(new Set(['']));
    expect(operators(graph)).toMatchObject({ MatMul: 2, Softmax: 1 });
  });

  test('has a symbolic batch in inputs and outputs', () => {
    const graph = traceModel(tinyModel, weights, { config });
    expect(graph.inputs).toEqual([{ name: 'picture', dtype: 'float32', shape: [batch, 10, 8] }]);
    expect(graph.outputs).toEqual([
      { name: 'logits', dtype: 'float32', shape: [batch, 3] },
      { name: 'extra', dtype: 'float32', shape: [batch, 2] },
    ]);
  });

  test('leaves out nodes and weights that the outputs asked for do not need', () => {
    const graph = traceModel(tinyModel, weights, { config, outputs: ['logits'] });
    expect(operators(graph)).toMatchObject({ Gemm: 4, Gelu: 1 });
    expect(initializerNames(graph)).not.toContain('extra.weight');
    expect(initializerNames(graph)).toContain('classifier.weight');
  });

  test('names nodes after their weights, each name once', () => {
    const names = traceModel(tinyModel, weights, { config }).nodes.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['encoder.dense/Gemm', 'encoder.norm/LayerNormalization']));
    expect(new Set(names).size).toBe(names.length);
  });

  test('gives a weight that carries an output’s name another one', () => {
    const model = modelOf({ y: [3] }, { x: [3] }, { y: [3] }, (ops, { y }, { x }) => ({
      y: ops.add(x!, y!),
    }));
    const graph = traceModel(model, weightsInMemory({ y: randomTensor([3], 1) }), { config });
    expect(initializerNames(graph)).toEqual(['y_2']);
  });

  test('reshapes a weight by naming the same bytes once more, without a node', () => {
    const graph = traceModel(tinyModel, weights, { config });
    const projections = graph.initializers.filter(({ name }) =>
      name.startsWith('embeddings.projection.weight'),
    );
    expect(projections.map(({ shape }) => shape)).toEqual([[8, 16]]);
    expect(projections[0]!.stored).toBe(weights.tensors.get('embeddings.projection.weight'));
  });

  test('takes the mean of rows and columns at once, and keeps what else reads that of rows', () => {
    const meansOf = (outputs: Record<string, Shape>) =>
      traceModel(
        modelOf({}, { x: [3, 4, 5] }, outputs, (ops, _, { x }) => {
          const rows = ops.mean(x!, 3);
          return { y: ops.mean(rows, 2), rows };
        }),
        { tensors: new Map(), async close() {} },
        { config },
      );
    expect(operators(meansOf({ y: [3] }))).toEqual({ GlobalAveragePool: 1, Reshape: 1, Identity: 1 });
    expect(operators(meansOf({ y: [3], rows: [3, 4] }))).toMatchObject({
      GlobalAveragePool: 1,
      ReduceMean: 1,
    });
  });

  test('keeps equal constants once', async () => {
    const constants = traceModel(tinyModel, weights, { config }).initializers.filter(
      ({ name }) => !Object.hasOwn(tinyTensors, name),
    );
    const values = await Promise.all(
      constants.map(async ({ dtype, stored }) => `${dtype} ${(await readTensor(stored)).data}`),
    );
    expect(values).toContain('int64 -1,8'); // several linears flatten to it
    expect(new Set(values).size).toBe(values.length);
  });
});

describe('weights in other dtypes', () => {
  const stored = (dtype: StoredTensor['dtype']) => ({
    tensors: new Map([...weights.tensors].map(([name, its]) => [name, { ...its, dtype }])),
    async close() {},
  });

  test('stand as they are with a Cast behind them where the runtime casts', () => {
    const graph = traceModel(tinyModel, stored('bfloat16'), { config, storedDTypes: ['bfloat16'] });
    expect(graph.initializers.find(({ name }) => name === 'classifier.weight')!.dtype).toBe('bfloat16');
    expect(operators(graph).Cast).toBe(Object.keys(tinyTensors).length);
  });

  test('become float32 where it does not', () => {
    const graph = traceModel(tinyModel, stored('bfloat16'), { config });
    expect(graph.initializers.find(({ name }) => name === 'classifier.weight')!.dtype).toBe('float32');
    expect(operators(graph).Cast).toBeUndefined();
  });

  test('need no Cast in a graph of their own precision, whose inputs and outputs stay float32', () => {
    const graph = traceModel(tinyModel, stored('float16'), { config, precision: 'float16' });
    expect(operators(graph).Cast).toBe(3); // one input, two outputs
    expect([...graph.inputs, ...graph.outputs].map(({ dtype }) => dtype)).toEqual([
      'float32',
      'float32',
      'float32',
    ]);
  });
});

describe('full precision in a graph of float16', () => {
  const model: AnyModel = {
    ...modelOf({}, {}, { y: [3] }, (ops, { exact, rough }, { x }) => ({
      y: ops.linear(ops.multiply(ops.linear(x!, exact!), ops.linear(x!, exact!)), rough!),
    })),
    parameters: () => ({
      exact: parameter('exact', [4, 5], { fullPrecision: true }),
      rough: parameter('rough', [3, 4]),
    }),
    inputs: () => ({ x: { shape: [5], fullPrecision: true } }),
  };
  const its = weightsInMemory({ exact: randomTensor([4, 5], 1), rough: randomTensor([3, 4], 2) });

  test('lasts until it meets a weight that has none', () => {
    const { nodes, initializers } = traceModel(model, its, { config, precision: 'float16' });
    const dtypes = nodes.map(({ operator, outputs }) => `${operator} ${outputs[0]!.dtype}`);
    expect(dtypes).toEqual([
      'Gemm float32',
      'Gemm float32',
      'Mul float32',
      'Cast float16',
      'Gemm float16',
      'Cast float32',
    ]);
    expect(initializers.map(({ name, dtype }) => `${name} ${dtype}`)).toEqual([
      'exact float32',
      'rough float16',
    ]);
  });

  test('costs nothing in a graph of float32', () => {
    expect(operators(traceModel(model, its, { config }))).toEqual({ Gemm: 3, Mul: 1, Identity: 1 });
  });
});

describe('weights stored as int8', () => {
  const model: AnyModel = {
    ...modelOf({}, { x: [3, 8] }, { sum: [3, 4], mixed: [3, 8] }, (ops, { a, b, c }, { x }) => ({
      sum: ops.add(ops.linear(x!, a!, c!), ops.linear(x!, b!)),
      mixed: ops.linear(x!, ops.matmul(ops.transpose(a!, [1, 0]), b!)),
    })),
    parameters: () => ({
      a: parameter('dense.a', [4, 8], { quantizable: true }),
      b: parameter('dense.b', [4, 8], { quantizable: true }),
      c: parameter('dense.c', [4]),
    }),
  };
  const quantized = weightsInMemory({
    'dense.a': tensor('int8', [4, 8], new Int8Array(32)),
    'dense.a_scale': randomTensor([4], 1),
    'dense.b': tensor('int8', [4, 8], new Int8Array(32)),
    'dense.b_scale': randomTensor([4], 2),
    'dense.c': randomTensor([4], 3),
  });
  const traced = (options: Partial<TraceOptions>) =>
    traceModel(model, quantized, { config, outputs: ['sum'], ...options });

  test('stay integers in linears, which quantize an input that they share once', () => {
    const graph = traced({ integers: true, operators: 'fused' });
    expect(operators(graph)).toEqual({
      DynamicQuantizeLinear: 1,
      Transpose: 2,
      MatMulIntegerToFloat: 2,
      Add: 1,
      Identity: 1,
    });
    const weight = graph.initializers.find(({ name }) => name === 'dense.a')!;
    expect(weight).toMatchObject({ dtype: 'int8', shape: [4, 8] });
    expect(weight.stored).toBe(quantized.tensors.get('dense.a'));
  });

  test('do so with operators of the standard only when stock', () => {
    const graph = traced({ integers: true });
    expect(operators(graph)).toMatchObject({ DynamicQuantizeLinear: 1, MatMulInteger: 2 });
    expect(new Set(graph.nodes.map(({ domain }) => domain))).toEqual(new Set(['']));
  });

  test.each<[string, Partial<TraceOptions>]>([
    ['in linears, unless integers are asked for', {}],
    ['in float16 graphs', { integers: true, precision: 'float16' }],
  ])('become floats %s', (_, options) => {
    const graph = traced(options);
    expect(operators(graph)).toMatchObject({ Gemm: 2, Mul: 2 });
    expect(operators(graph).MatMulInteger).toBeUndefined();
  });

  test('become floats where something else than a linear reads them', () => {
    const graph = traced({ integers: true, outputs: ['mixed'] });
    expect(operators(graph)).toMatchObject({ Cast: 2, Mul: 2, MatMul: 1, Gemm: 1 });
  });
});

describe('tracing refuses', () => {
  function traced(build: <T>(ops: Ops<T>, x: T, y: T) => T, output: Shape = [1]) {
    const model = modelOf({}, { x: [4, 6], y: [5, 6] }, { z: output }, (ops, _, { x, y }) => ({
      z: build(ops, x!, y!),
    }));
    return () => traceModel(model, weightsInMemory({}), { config });
  }

  test.each<[string, () => Graph, string]>([
    ['linear', traced((ops, x, y) => ops.linear(x, y)), 'y [batch, 5, 6]'],
    ['attention', traced((ops, x, y) => ops.attention(x, y, y, { heads: 4 })), 'x [batch, 4, 6]'],
    ['attention', traced((ops, x, y) => ops.attention(x, x, y, { heads: 2 })), 'y [batch, 5, 6]'],
    [
      'attentionProbabilities',
      traced((ops, x, y) => ops.attentionProbabilities(x, y, { heads: 4 })),
      'x [batch, 4, 6]',
    ],
    [
      'attentionProbabilities',
      traced((ops, x) => ops.attentionProbabilities(x, ops.reshape(x, [-1, 6, 4]), { heads: 2 })),
      'reshape/Reshape [batch, 6, 4]',
    ],
    ['matmul', traced((ops, x, y) => ops.matmul(x, y)), 'x [batch, 4, 6], y [batch, 5, 6]'],
    ['layerNorm', traced((ops, x, y) => ops.layerNorm(x, y, y, { epsilon: 0 })), 'y [batch, 5, 6]'],
    ['add', traced((ops, x, y) => ops.add(x, y)), 'x [batch, 4, 6], y [batch, 5, 6]'],
    ['mean', traced((ops, x) => ops.mean(x, 3)), 'an axis, not 3'],
    ['reshape', traced((ops, x) => ops.reshape(x, [-1, 5])), 'x [batch, 4, 6]'],
    ['transpose', traced((ops, x) => ops.transpose(x, [0, 1, 1])), 'a permutation of 3 axes, not [0, 1, 1]'],
    ['concat', traced((ops, x, y) => ops.concat([x, y], 2)), 'x [batch, 4, 6], y [batch, 5, 6]'],
    ['concat', traced((ops, x) => ops.concat([x, ops.mean(x, 1)], 2)), 'x [batch, 4, 6]'],
    ['concat', traced((ops) => ops.concat([], 0)), 'one tensor at least'],
    ['slice', traced((ops, x) => ops.slice(x, 1, 2, 5)), 'elements 2 to 5 on axis 1'],
    ['slice', traced((ops, x) => ops.slice(x, 0, 0, 1)), 'x [batch, 4, 6]'],
    ['expandBatch', traced((ops, x, y) => ops.expandBatch(x, y)), 'x [1, ...]'],
    ['patches', traced((ops, x) => ops.patches(x, { size: [5, 2], stride: [1, 1] })), 'one patch of 5 × 2'],
  ])('%s of tensors that do not fit, naming the operation and what it got', (operation, trace, words) => {
    const error = thrown(trace);
    expect(AudiozooError.isInstance(error, 'shape')).toBe(true);
    expect(String(error)).toContain(`${operation} got`);
    expect(String(error)).toContain(words);
  });

  test('a model whose outputs are not as it declares', () => {
    const error = thrown(traced((_, x) => x, [6, 4]));
    expect(String(error)).toMatch(/output z .*expected \[batch, 6, 4\], got \[batch, 4, 6\]/);
  });

  test('weights that do not fit', () => {
    const { 'classifier.weight': _, ...rest } = tinyTensors;
    const error = thrown(() => traceModel(tinyModel, weightsInMemory(rest), { config }));
    expect(AudiozooError.isInstance(error, 'weights')).toBe(true);
  });

  test.each([[['logit']], [[]]])('to compute the outputs %j', (outputs) => {
    const error = thrown(() => traceModel(tinyModel, weights, { config, outputs }));
    expect(AudiozooError.isInstance(error, 'argument')).toBe(true);
  });
});

test('flattening keeps count of the batch', () => {
  const model = modelOf({}, { x: [4, 6] }, { y: [6, 4] }, (ops, _, { x }) => {
    const flat = ops.reshape(x!, [-1, 6]); // [4 · B, 6]
    return { y: ops.reshape(ops.gelu(flat), [-1, 6, 4]) };
  });
  const graph = traceModel(model, weightsInMemory({}), { config });
  expect(graph.nodes.map(({ outputs }) => outputs[0]!.shape)).toEqual([
    [{ times: 4, batch: true }, 6],
    [{ times: 4, batch: true }, 6],
    [batch, 6, 4],
    [batch, 6, 4],
  ]);
});

test('tracing reads no weight', () => {
  const source = {
    name: 'unread',
    size: 12,
    read: () => expect.unreachable('a weight was read'),
    async close() {},
  };
  const stored: StoredTensor = { dtype: 'float32', shape: [3], source, offset: 0 };
  const model = modelOf({ w: [3] }, { x: [3] }, { y: [3] }, (ops, { w }, { x }) => ({ y: ops.add(x!, w!) }));
  const graph = traceModel(model, { tensors: new Map([['w', stored]]), async close() {} }, { config });
  expect(graph.initializers[0]!.stored).toBe(stored);
});

function thrown(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
