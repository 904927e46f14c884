// What a model shows of itself when it is asked to, against the official code.

import { type AstConfig, ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { type Backend, type Tensor, tensor, type Weights } from '@audiozoo/core';
import { logitTolerance, referenceBackend } from '@audiozoo/core/testing';
import { shapeAt, traceModel } from '@audiozoo/onnx';
import { describe, expect, test } from 'vitest';
import { largestDifference } from './largest-difference.js';
import { cases, golden, inputOf, withConverted } from './official-cases.js';

const example = cases.find(({ attention }) => attention !== undefined)!;
const tolerance = logitTolerance.float32;
const input_values = await inputOf(example);

async function withModel<T>(use: (weights: Weights, config: AstConfig) => Promise<T>): Promise<T> {
  return withConverted(example, ({ config, preprocessorConfig, weights }) =>
    use(weights, ast.readConfig(config, preprocessorConfig)),
  );
}

async function run(backend: Backend, outputs: readonly string[]): Promise<Record<string, Tensor<'float32'>>> {
  return withModel(async (weights, config) => {
    const loaded = await backend.load(ast, weights, { config, outputs });
    return loaded.run({ input_values }).finally(() => loaded.dispose());
  });
}

/** The first clips of a batch. */
function clips({ shape, data }: Tensor<'float32'>, count: number): Tensor<'float32'> {
  const size = data.length / shape[0]!;
  return tensor('float32', shape.with(0, count), data.slice(0, count * size));
}

describe.each([
  ['onnxruntime', () => onnxruntimeNode({ device: 'cpu' })],
  ['the reference operations', referenceBackend],
] as const)('on %s', (_, backend) => {
  test('logits, embedding, patches, hidden states and attention are those of the official code', async () => {
    const names = ['logits', 'embedding', 'patches', 'hidden', 'attention'] as const;
    const results = await run(backend(), names);
    expect(Object.keys(results).sort()).toEqual([...names].sort());
    for (const name of names) {
      const expected = await golden(`ast/${example[name]}`);
      const got = clips(results[name]!, expected.shape[0]!);
      expect([name, got.shape]).toEqual([name, expected.shape]);
      expect(largestDifference(got, expected), name).toBeLessThan(tolerance);
    }
  });
});

describe('an output of one layer', () => {
  test.each(['hidden', 'attention', 'pooledAttention', 'attentionMaps'])(
    '%s is that layer of all',
    async (name) => {
      const all = await run(onnxruntimeNode({ device: 'cpu' }), [name]);
      const [batch, layers, ...shape] = all[name]!.shape;
      const size = shape.reduce((product, length) => product * length);
      for (let layer = 0; layer < layers!; layer++) {
        const one = await run(onnxruntimeNode({ device: 'cpu' }), [`${name}.${layer}`]);
        const got = one[`${name}.${layer}`]!;
        expect(got.shape).toEqual([batch, ...shape]);
        const expected = all[name]!.data.slice(layer * size, (layer + 1) * size);
        expect(largestDifference(clips(got, 1), tensor('float32', [1, ...shape], expected))).toBeLessThan(
          tolerance,
        );
      }
    },
  );
});

describe('derived outputs', async () => {
  const names = ['attention', 'pooledAttention', 'attentionMaps', 'rollout', 'tokens', 'embedding'];
  const { attention, pooledAttention, attentionMaps, rollout, tokens, embedding } = await run(
    onnxruntimeNode({ device: 'cpu' }),
    names,
  );
  const [, layers, heads, count] = attention!.shape as [number, number, number, number, number];
  const [, , , rows, columns] = attentionMaps!.shape as [number, number, number, number, number];
  const at = (layer: number, head: number, query: number, key: number) =>
    attention!.data[((layer * heads + head) * count + query) * count + key]!; // of the first clip

  test('pooledAttention holds the rows of the two class tokens', () => {
    expect(pooledAttention!.shape).toEqual([2, layers, heads, 2, count]);
    pooledAttention!.data.slice(0, layers * heads * 2 * count).forEach((value, index) => {
      const [row, key] = [Math.floor(index / count), index % count];
      const [layer, head] = [Math.floor(row / 2 / heads), Math.floor(row / 2) % heads];
      expect(Math.abs(value - at(layer, head, row % 2, key))).toBeLessThan(tolerance);
    });
  });

  test('attentionMaps are its mean over the two tokens, on the grid of frequency and time', () => {
    expect([rows, columns]).toEqual([12, 12]);
    attentionMaps!.data.slice(0, layers * heads * rows * columns).forEach((value, index) => {
      const [map, patch] = [Math.floor(index / (rows * columns)), index % (rows * columns)];
      const [layer, head] = [Math.floor(map / heads), map % heads];
      const expected = (at(layer, head, 0, 2 + patch) + at(layer, head, 1, 2 + patch)) / 2;
      expect(Math.abs(value - expected)).toBeLessThan(tolerance);
    });
  });

  test('rollout is the product of ½(A + I) over all layers', () => {
    // In float64 and from the first layer on, as the paper has it.
    let product: number[][] = Array.from({ length: count }, (_, i) =>
      Array.from({ length: count }, (_, j) => (i === j ? 1 : 0)),
    );
    for (let layer = 0; layer < layers; layer++) {
      const mixing = Array.from({ length: count }, (_, i) =>
        Array.from({ length: count }, (_, j) => {
          let sum = 0;
          for (let head = 0; head < heads; head++) sum += at(layer, head, i, j);
          return (sum / heads + (i === j ? 1 : 0)) / 2;
        }),
      );
      product = mixing.map((row) =>
        product[0]!.map((_, j) => row.reduce((sum, share, k) => sum + share * product[k]![j]!, 0)),
      );
    }
    expect(rollout!.shape).toEqual([2, rows, columns]);
    rollout!.data.slice(0, rows * columns).forEach((value, patch) => {
      const expected = (product[0]![2 + patch]! + product[1]![2 + patch]!) / 2;
      expect(Math.abs(value - expected)).toBeLessThan(1e-7);
    });
  });

  test('the first two tokens have the embedding for their mean', () => {
    const [batch, , width] = tokens!.shape as [number, number, number];
    const mean = embedding!.data.map((_, index) => {
      const [clip, channel] = [Math.floor(index / width), index % width];
      const start = clip * count * width + channel;
      return (tokens!.data[start]! + tokens!.data[start + width]!) / 2;
    });
    expect(largestDifference(tensor('float32', [batch, width], mean), embedding!)).toBeLessThan(tolerance);
  });
});

describe('what is not asked for is not built', async () => {
  const operators = (outputs?: readonly string[]) =>
    withModel(async (weights, config) => traceModel(ast, weights, { config, outputs }));
  /** Rows of the last block's MLP, for one clip. */
  const lastRows = async (outputs?: readonly string[]) => {
    const { nodes } = await operators(outputs);
    const last = nodes.find(
      ({ name, operator }) => operator === 'Gemm' && name.includes('layer.1.intermediate'),
    )!;
    return shapeAt(last.outputs[0]!.shape, 'most')[0];
  };

  test('the last block computes two tokens unless all are asked for', async () => {
    expect(await lastRows()).toBe(2);
    expect(await lastRows(['logits', 'pooledAttention', 'attentionMaps', 'hidden.0'])).toBe(2);
    expect(await lastRows(['logits', 'rollout'])).toBe(2);
    for (const name of ['tokens', 'hidden', 'hidden.1', 'attention', 'attention.1']) {
      expect(await lastRows(['logits', name]), name).toBe(146);
    }
  });

  test('maps of one layer need no other layer', async () => {
    const { nodes, initializers } = await operators(['attentionMaps.0']);
    expect(nodes.filter(({ operator }) => operator === 'Softmax')).toHaveLength(1);
    expect(initializers.some(({ name }) => name.includes('layer.1'))).toBe(false);
  });
});

test('a layer that the model lacks is refused', async () => {
  await expect(run(referenceBackend(), ['hidden.2'])).rejects.toThrow('the model has no such output');
});
