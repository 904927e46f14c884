import { serve } from '../serve.mjs';

serve(async ({ directory, threads, dtype, samples }) => {
  const { env, pipeline } = await import('@huggingface/transformers');
  env.allowRemoteModels = false;
  const classifier = await pipeline('audio-classification', directory, {
    device: 'cpu',
    dtype,
    session_options: { intraOpNumThreads: threads },
  });
  let inputs;
  return {
    async features() {
      inputs = await classifier.processor(samples);
    },
    async model() {
      await classifier.model(inputs);
    },
    async classify() {
      await classifier(samples, { top_k: 5 });
    },
    async logits() {
      const { logits } = await classifier.model(await classifier.processor(samples));
      return logits.data;
    },
  };
});
