// Which operators a model is traced with on WebGPU: found out once in a process, on the GPU that is there.

import { type Operators, probeAttention } from '@audiozoo/onnx';
import type { SessionHost } from './session-host.js';

const known = new Map<'float32' | 'float16', Promise<Operators>>();

/** Opens sessions in the host to see. */
export function gpuOperators(host: SessionHost, precision: 'float32' | 'float16'): Promise<Operators> {
  const answer =
    known.get(precision) ??
    probeAttention(precision, async (graph, inputs, outputs) => {
      await host.open(graph, { executionProviders: ['webgpu'], logSeverityLevel: 4 });
      const results = Object.entries(await host.run(inputs, outputs));
      return Object.fromEntries(results.map(([name, { data }]) => [name, data]));
    });
  known.set(precision, answer);
  answer.catch(() => known.delete(precision)); // another host may have more luck
  return answer;
}
