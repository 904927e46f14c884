import { serve } from './serve.mjs';

serve(async ({ directory, threads, samples, frames }) => {
  const { models } = await import('@audiozoo/cli/models');
  const { onnxruntimeNode } = await import('@audiozoo/backend-node');
  const { loadClassifier } = await import('@audiozoo/tasks');

  const backend = onnxruntimeNode({ device: 'cpu', threads });
  const size = frames === undefined ? undefined : { frames };
  const classifier = await loadClassifier(directory, { models, backend, ...(size && { size }) });
  const embeds = classifier.labels.length === 0;
  const audio = { samples, sampleRate: classifier.frontEnd.sampleRate };
  return {
    async features() {
      classifier.frontEnd.inputs([samples]);
    },
    async classify(batch) {
      if (embeds) await classifier.embed(audio);
      else if (batch === 1) await classifier.classify(audio, { topK: 5 });
      else await classifier.logits(new Array(batch).fill(audio));
    },
    async logits() {
      return embeds ? classifier.embed(audio) : (await classifier.logits([audio])).data;
    },
  };
});
