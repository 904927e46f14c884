import { serve } from '../serve.mjs';

serve(async ({ directory, threads, dtype, samples }) => {
  const { cat, env, pipeline } = await import('@huggingface/transformers');
  env.allowRemoteModels = false;
  const classifier = await pipeline('audio-classification', directory, {
    device: 'cpu',
    dtype,
    session_options: { intraOpNumThreads: threads },
  });
  return {
    async features() {
      await classifier.processor(samples);
    },
    async classify(batch) {
      if (batch === 1) return void (await classifier(samples, { top_k: 5 }));
      // Its pipeline takes several clips one by one.
      const inputs = [];
      for (let clip = 0; clip < batch; clip++)
        inputs.push((await classifier.processor(samples)).input_values);
      await classifier.model({ input_values: cat(inputs) });
    },
    async logits() {
      const { logits } = await classifier.model(await classifier.processor(samples));
      return logits.data;
    },
  };
});
