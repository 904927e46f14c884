// audiozoo in a page of its own: what web.ts measures. peers/transformers-js.page.mjs is its counterpart.

import { ast } from '@audiozoo/ast';
import { onnxruntimeWeb } from '@audiozoo/backend-web/onnxruntime';
import { wasm } from '@audiozoo/backend-web/wasm';
import type { Backend, LoadedModel } from '@audiozoo/core';
import { type LocalClassifier, loadClassifier } from '@audiozoo/tasks';
import { clip } from './clip.js';

export interface PageSetting {
  /** Address of the model directory. */
  readonly model: string;
  readonly threads: number;
  /** The peer's name for its weights' type; audiozoo finds the type in the directory. */
  readonly dtype: string;
  /** What audiozoo computes with. */
  readonly backend: 'onnxruntime' | 'wasm';
  /** Address of the onnxruntime-web that both use, or the peer alone. */
  readonly runtime: string;
}

export type PageTask = 'features' | 'model' | 'classify';

type Onnxruntime = Parameters<typeof onnxruntimeWeb>[0]['ort'];

const audio = { samples: clip(), sampleRate: 16000 };
let classifier: LocalClassifier;
let model: LoadedModel;
let inputs: Parameters<LoadedModel['run']>[0];

export async function load({
  model: location,
  threads,
  backend: name,
  runtime,
}: PageSetting): Promise<string> {
  const onnxruntime = async () => {
    const ort = (await import(/* @vite-ignore */ runtime)) as Onnxruntime;
    return onnxruntimeWeb({ ort, device: 'wasm', threads });
  };
  const backend = name === 'wasm' ? wasm({ threads }) : await onnxruntime();
  // The classifier does not show its model; a backend that remembers what it loaded does.
  const remembering: Backend = {
    ...backend,
    async load(...values) {
      model = await backend.load(...values);
      return model;
    },
  };
  classifier = await loadClassifier(location, { models: [ast], backend: remembering, cache: false });
  return model.device;
}

const tasks: Readonly<Record<PageTask, () => unknown>> = {
  features() {
    inputs = classifier.frontEnd.inputs([audio.samples]);
  },
  model: () => model.run(inputs, { outputs: ['logits'] }),
  classify: () => classifier.classify(audio, { topK: 5 }),
};

/** Milliseconds of one run, where `repeat` are made. */
export async function run(task: PageTask, repeat: number): Promise<number> {
  const start = performance.now();
  for (let count = 0; count < repeat; count++) await tasks[task]();
  return (performance.now() - start) / repeat;
}

export async function logits(): Promise<number[]> {
  return Array.from((await classifier.logits([audio])).data);
}
