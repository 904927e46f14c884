// The model's side: loads and runs it away from the page, which keeps drawing. Models, runtimes and converters are
// fetched when they are first asked for.

import { fastestRuntime } from '@audiozoo/backend-web/gpu';
import { serveClassifier } from '@audiozoo/tasks';
import { choiceOfName, nameOfChoice, usualChoice } from './runtime-choice.js';

serveClassifier({
  models: [
    { type: 'audio-spectrogram-transformer', load: async () => (await import('@audiozoo/ast')).ast },
    { type: 'ced', load: async () => (await import('@audiozoo/ced')).ced },
    { type: 'clap', load: async () => (await import('@audiozoo/clap')).clap },
    { type: 'efficientat', load: async () => (await import('@audiozoo/efficientat')).efficientat },
  ],
  async backend(name = nameOfChoice(usualChoice)) {
    const { runtime: asked, device } = choiceOfName(name);
    const runtime = asked === 'auto' ? await fastestRuntime(device) : asked;
    if (runtime === 'tfjs') return (await import('./tensorflow.js')).tensorflow(device);
    if (runtime === 'kernels') return (await import('./kernels.js')).kernels(device);
    return (await import('./onnxruntime.js')).onnxruntime(device);
  },
  converters: () => import('@audiozoo/converters'),
});
