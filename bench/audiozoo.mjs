import { serve } from './serve.mjs';

serve(async ({ directory, threads, samples, frames }) => {
  const { ast } = await import('@audiozoo/ast');
  const { onnxruntimeNode } = await import('@audiozoo/backend-node');
  const { loadClassifier } = await import('@audiozoo/tasks');

  const backend = onnxruntimeNode({ device: 'cpu', threads });
  const classifier = await loadClassifier(directory, { models: [ast], backend, frames });
  const audio = { samples, sampleRate: classifier.frontEnd.sampleRate };
  return {
    async features() {
      classifier.frontEnd.inputs([samples]);
    },
    async classify(batch) {
      if (batch === 1) await classifier.classify(audio, { topK: 5 });
      else await classifier.logits(new Array(batch).fill(audio));
    },
    async logits() {
      const { data } = await classifier.logits([audio]);
      return data;
    },
  };
});
