import { onnxruntimeWeb } from '@audiozoo/backend-web/onnxruntime';
import { tfjs } from '@audiozoo/backend-web/tfjs';
import { loadClassifier } from '@audiozoo/tasks';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as ort from 'onnxruntime-web';
import { melMixer } from '../../mel-mixer.js';

const backends = {
  onnxruntime: () => onnxruntimeWeb({ ort, device: 'wasm', threads: 1 }),
  tfjs: () => tfjs({ tf, device: 'cpu' }),
};
export type Runtime = keyof typeof backends;

/** What the model of the example hears in one of its sounds. */
export async function hear(runtime: Runtime, folder: string): Promise<string> {
  const backend = backends[runtime]();
  const classifier = await loadClassifier(`/@fs${folder}/model/`, {
    models: [melMixer],
    backend,
    cache: false,
  });
  const sound = await (await fetch(`/@fs${folder}/rising-sweep.wav`)).blob();
  const [best] = await classifier.classify(sound, { topK: 1 });
  await classifier.dispose();
  return best!.label;
}
