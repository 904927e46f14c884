import { serve } from '../serve.mjs';

serve(async ({ directory, threads, samples }) => {
  const { AutoProcessor, ClapAudioModelWithProjection, env } = await import('@huggingface/transformers');
  env.allowRemoteModels = false;
  const processor = await AutoProcessor.from_pretrained(directory);
  const model = await ClapAudioModelWithProjection.from_pretrained(directory, {
    device: 'cpu',
    dtype: 'fp32',
    session_options: { intraOpNumThreads: threads },
  });
  const embed = async () => (await model(await processor(samples))).audio_embeds.normalize().data;
  return {
    async features() {
      await processor(samples);
    },
    async classify() {
      await embed();
    },
    logits: embed,
  };
});
