// Which operators a model is traced with on WebGPU: found out once for each GPU and precision.

import type { Tensor } from '@audiozoo/core';
import { type Operators, probeAttention } from '@audiozoo/onnx';
import type { InferenceSession } from 'onnxruntime-common';
import type { Gpu } from '../gpu.js';
import type { Onnxruntime } from './runtime.js';

const known = new WeakMap<object, Map<string, Promise<Operators>>>();

/** `create` opens a session on the GPU; nothing else may run on it meanwhile. */
export function gpuOperators(
  { env, Tensor }: Onnxruntime,
  gpu: Gpu,
  precision: 'float32' | 'float16',
  create: (graph: Uint8Array) => Promise<InferenceSession>,
): Promise<Operators> {
  const answers = known.get(env) ?? new Map<string, Promise<Operators>>();
  known.set(env, answers);
  const question = `${gpu.name} ${precision}`;
  const answer = answers.get(question) ?? probeAttention(precision, run);
  answers.set(question, answer);
  answer.catch(() => answers.delete(question)); // a lost device is no answer
  return answer;

  async function run(graph: Uint8Array, inputs: Readonly<Record<string, Tensor<'float32'>>>) {
    const session = await create(graph);
    try {
      const feeds = Object.entries(inputs).map(
        ([name, { data, shape }]) => [name, new Tensor('float32', data, shape)] as const,
      );
      const results = await session.run(Object.fromEntries(feeds));
      return Object.fromEntries(
        Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]),
      );
    } finally {
      await session.release();
    }
  }
}
