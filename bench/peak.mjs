// The CPU's peak, as far as onnxruntime takes it: product-graph.ts's product of two matrices.

import { serve } from './serve.mjs';

serve(async ({ graph, threads, integers }) => {
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const session = await InferenceSession.create(graph, { intraOpNumThreads: threads, logSeverityLevel: 3 });
  const { shape } = session.inputMetadata[0];
  const size = shape[0] * shape[1];
  const x = integers
    ? new Tensor('uint8', new Uint8Array(size).fill(100), shape)
    : new Tensor('float32', new Float32Array(size).fill(0.5), shape);
  return {
    async multiply() {
      await session.run({ x });
    },
  };
});
