// CPUs of x64 without VNNI add pairs of products in 16 bits, where large ones overflow. onnxruntime has a mode
// that is right there, half as fast everywhere. Node does not say what a CPU can: a product that would overflow does.

import { type AnyModel, type Tensor, tensor } from '@audiozoo/core';
import { parameter, weightsInMemory } from '@audiozoo/core/plugin';
import { encodeGraphToBytes, traceModel } from '@audiozoo/onnx';
import type { SessionHost } from './session-host.js';

const size = 64;
const largestInput = 255;
const largestWeight = 127;

/** One linear of int8 weights, all as large as they get. */
const model: AnyModel = {
  type: 'overflow',
  readConfig: () => undefined,
  parameters: () => ({ weight: parameter('weight', [size, size], { quantizable: true }) }),
  inputs: () => ({ x: { shape: [size] } }),
  outputs: () => ({ y: { shape: [size] } }),
  build: (ops, { weight }, { x }) => ({ y: ops.linear(x!, weight) }),
  frontEnd() {
    throw new Error('It takes tensors, not sound.');
  },
  labels: () => [],
  problemType: () => 'single_label_classification',
};

const weights: Readonly<Record<string, Tensor>> = {
  weight: tensor('int8', [size, size], new Int8Array(size * size).fill(largestWeight)),
  weight_scale: tensor('float32', [size], new Float32Array(size).fill(1)),
};

let known: Promise<boolean> | undefined;

/**
 * Whether products of int8 weights come out wrong on this CPU unless onnxruntime is told to be careful. Opens a
 * session in the host to see.
 */
export function integersOverflow(host: SessionHost): Promise<boolean> {
  known ??= measure(host).catch((error: unknown) => {
    known = undefined; // another host may have more luck
    throw error;
  });
  return known;
}

async function measure(host: SessionHost): Promise<boolean> {
  const traced = { config: undefined, operators: 'fused', integers: true } as const;
  const graph = await encodeGraphToBytes(traceModel(model, weightsInMemory(weights), traced));
  await host.open(graph, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  const rows = 4; // a single row would take another kernel
  const x = tensor('float32', [rows, size], new Float32Array(rows * size).fill(largestInput));
  const { y } = await host.run({ x }, ['y']);
  return y!.data.some((value) => value !== size * largestInput * largestWeight);
}
