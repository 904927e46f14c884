// The model's side: loads and runs it away from the page, which keeps drawing. Runtimes and converters are
// fetched when they are first asked for.

import { ast } from '@audiozoo/ast';
import { findGpu } from '@audiozoo/backend-web/gpu';
import { serveClassifier } from '@audiozoo/tasks';
import { choiceOfName, type Device, nameOfChoice, type Runtime, usualChoice } from './runtime-choice.js';

serveClassifier({
  models: [ast],
  async backend(name = nameOfChoice(usualChoice)) {
    const { runtime: asked, device } = choiceOfName(name);
    const runtime = asked === 'auto' ? await fastestOn(device) : asked;
    if (runtime === 'tfjs') return (await import('./tensorflow.js')).tensorflow(device);
    if (runtime === 'kernels') return (await import('./kernels.js')).kernels(device);
    return (await import('./onnxruntime.js')).onnxruntime(device);
  },
  converters: () => import('@audiozoo/converters'),
});

async function fastestOn(device: Device): Promise<Exclude<Runtime, 'auto'>> {
  if (device !== 'auto') return device === 'webgpu' ? 'onnxruntime' : 'kernels';
  const gpu = await findGpu();
  return gpu && !gpu.isSoftware ? 'onnxruntime' : 'kernels';
}
