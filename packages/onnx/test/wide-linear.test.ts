import { weightsInMemory } from '@audiozoo/core/plugin';
import { conformanceCases } from '@audiozoo/core/testing';
import { traceModel, wideLinearWeights } from '@audiozoo/onnx';
import { expect, test } from 'vitest';

const { model, weights } = conformanceCases.at(-1)!; // a transformer of 12 tokens
const graph = traceModel(model, weightsInMemory(weights), { config: undefined });

test('products of few rows are not wide', () => {
  expect(wideLinearWeights(graph).size).toBe(0);
});

test('a product of many rows is wide, unless its weight is used elsewhere too', () => {
  const widened = {
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.operator === 'Gemm'
        ? { ...node, outputs: [{ ...node.outputs[0]!, shape: [{ times: 64, batch: true as const }, 1] }] }
        : node,
    ),
  };
  const wide = wideLinearWeights(widened);
  expect(wide.size).toBeGreaterThan(0);
  const [first] = wide;
  const reader = { ...graph.nodes[0]!, operator: 'Add', inputs: [first!] };
  expect(wideLinearWeights({ ...widened, nodes: [...widened.nodes, reader] })).not.toContain(first);
});
