// The model's side: loads and runs it away from the page, which keeps drawing. Models, runtimes and converters are
// fetched when they are first asked for.

import { fastestRuntime } from '@audiozoo/backend-web/gpu';
import { serveClassifier } from '@audiozoo/tasks';
import { models } from './models.js';
import { choiceOfName, nameOfChoice, usualChoice } from './runtime-choice.js';

serveClassifier({
  models,
  async backend(name = nameOfChoice(usualChoice)) {
    const { runtime: asked, device } = choiceOfName(name);
    const runtime = asked === 'auto' ? await fastestRuntime(device) : asked;
    if (runtime === 'tfjs') return (await import('./tensorflow.js')).tensorflow(device);
    if (runtime === 'kernels') return (await import('./kernels.js')).kernels(device);
    return (await import('./onnxruntime.js')).onnxruntime(device);
  },
  converters: () => import('@audiozoo/converters'),
});
