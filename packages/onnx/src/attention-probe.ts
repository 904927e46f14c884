// Not every runtime computes its fused attention right on every GPU: onnxruntime's WebGPU kernels depend on how
// wide a subgroup is, and are wrong on some. Names of adapters do not tell. A small attention, computed both ways
// where the model will run, does.

import { type AnyModel, type Tensor, tensor } from '@audiozoo/core';
import { weightsInMemory } from '@audiozoo/core/plugin';
import { encodeGraphToBytes } from './encode.js';
import type { Operators } from './standard.js';
import { traceModel } from './trace.js';

/** More tokens than one tile of any kernel, and no multiple of a tile; heads as wide as most models'. */
const tokens = 70;
const heads = 2;
const width = 128;
/** A few queries may take another kernel than many. */
const fewQueries = 2;
/** Queries this large prefer some keys to others by far. */
const querySize = 4;
/** Between two right results, of which none is beyond 1. */
const tolerances = { float32: 1e-3, float16: 1e-2 } as const;

const model: AnyModel = {
  type: 'attention-probe',
  readConfig: () => undefined,
  parameters: () => ({}),
  inputs: () => ({
    query: { shape: [tokens, width] },
    key: { shape: [tokens, width] },
    value: { shape: [tokens, width] },
  }),
  outputs: () => ({ all: { shape: [tokens, width] }, few: { shape: [fewQueries, width] } }),
  build: (ops, _, { query, key, value }) => ({
    all: ops.attention(query!, key!, value!, { heads }),
    few: ops.attention(ops.slice(query!, 1, 0, fewQueries), key!, value!, { heads }),
  }),
  frontEnd() {
    throw new Error('It takes tensors, not sound.');
  },
  labels: () => [],
  problemType: () => 'single_label_classification',
};

/** Runs a graph (an .onnx file's bytes) once. */
export type RunGraph = (
  graph: Uint8Array,
  inputs: Readonly<Record<string, Tensor<'float32'>>>,
  outputs: readonly string[],
) => Promise<Readonly<Record<string, Float32Array>>>;

/** The operators to trace models with where `run` runs them: `fused` if its attention is right, else `stock`. */
export async function probeAttention(precision: 'float32' | 'float16', run: RunGraph): Promise<Operators> {
  const inputs = { query: waves(1, querySize), key: waves(2), value: waves(3) };
  const compute = async (operators: Operators) => {
    const traced = traceModel(model, weightsInMemory({}), { config: undefined, operators, precision });
    return run(await encodeGraphToBytes(traced), inputs, Object.keys(model.outputs(undefined)));
  };
  const stock = await compute('stock');
  const fused = await compute('fused');
  const isRight = Object.entries(stock).every(([name, expected]) =>
    expected.every((value, index) => Math.abs(value - fused[name]![index]!) <= tolerances[precision]),
  );
  return isRight ? 'fused' : 'stock';
}

/** [1, tokens, width] of numbers up to `size`, no two rows alike. */
function waves(frequency: number, size = 1): Tensor<'float32'> {
  const data = Float32Array.from(
    { length: tokens * width },
    (_, index) => size * Math.sin(frequency * index * index + index),
  );
  return tensor('float32', [1, tokens, width], data);
}
