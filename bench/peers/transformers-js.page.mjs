// transformers.js in a page of its own, as ../web.page.ts is for audiozoo.

import { env, pipeline } from '@huggingface/transformers';
import { clip } from '../clip.ts';

const samples = clip();
let classifier;
let inputs;

/** @param {import('../web.page.js').PageSetting} setting */
export async function load({ model, threads, dtype, runtime }) {
  env.allowLocalModels = true;
  env.allowRemoteModels = false;
  env.localModelPath = model.slice(0, model.lastIndexOf('/') + 1);
  env.useBrowserCache = false; // neither keeps a copy
  env.useWasmCache = false;
  const { wasm } = env.backends.onnx;
  wasm.wasmPaths = runtime.slice(0, runtime.lastIndexOf('/') + 1);
  wasm.numThreads = threads;
  classifier = await pipeline('audio-classification', model.slice(model.lastIndexOf('/') + 1), {
    device: 'wasm',
    dtype,
  });
  return `wasm, ${wasm.numThreads} threads`;
}

const tasks = {
  async features() {
    inputs = await classifier.processor(samples);
  },
  model: () => classifier.model(inputs),
  classify: () => classifier(samples, { top_k: 5 }),
};

export async function run(task, repeat) {
  const start = performance.now();
  for (let count = 0; count < repeat; count++) await tasks[task]();
  return (performance.now() - start) / repeat;
}

export async function logits() {
  const { logits } = await classifier.model(await classifier.processor(samples));
  return Array.from(logits.data);
}
