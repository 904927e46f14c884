import { serve } from './serve.mjs';

serve(async ({ directory, threads, samples }) => {
  const { ast } = await import('@audiozoo/ast');
  const { onnxruntimeNode } = await import('@audiozoo/backend-node');
  const { loadClassifier } = await import('@audiozoo/tasks');

  // The classifier does not show its model; a backend that remembers what it loaded does.
  const backend = onnxruntimeNode({ device: 'cpu', threads });
  let model;
  const remembering = {
    ...backend,
    async load(...args) {
      model = await backend.load(...args);
      return model;
    },
  };
  const classifier = await loadClassifier(directory, { models: [ast], backend: remembering });
  const audio = { samples, sampleRate: 16000 };
  let inputs;
  return {
    async features() {
      inputs = classifier.frontEnd.inputs([samples]);
    },
    async model() {
      await model.run(inputs, { outputs: ['logits'] });
    },
    async classify() {
      await classifier.classify(audio, { topK: 5 });
    },
    async logits() {
      const { data } = await classifier.logits([audio]);
      return data;
    },
  };
});
