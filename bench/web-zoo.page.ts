// One model in a page of its own, on our kernels or on onnxruntime-web: what web-zoo.ts measures.

import { onnxruntimeWeb } from '@audiozoo/backend-web/onnxruntime';
import { wasm } from '@audiozoo/backend-web/wasm';
import { ced } from '@audiozoo/ced';
import type { Backend, LoadedModel } from '@audiozoo/core';
import { efficientat } from '@audiozoo/efficientat';
import { type LocalClassifier, listen, loadClassifier } from '@audiozoo/tasks';
import * as ort from 'onnxruntime-web';
import { clip } from './clip.js';

export interface ZooPageSetting {
  /** Address of the model directory. */
  readonly model: string;
  readonly threads: number;
  readonly backend: 'onnxruntime' | 'wasm';
  /** The most that the model hears at once, where it is not the model's own. */
  readonly frames?: number;
}

let classifier: LocalClassifier;
let model: LoadedModel;
let inputs: Parameters<LoadedModel['run']>[0];

/** Loads the model; what it runs on. */
export async function load({ model: location, threads, backend: name, frames }: ZooPageSetting) {
  const backend = name === 'wasm' ? wasm({ threads }) : onnxruntimeWeb({ ort, device: 'wasm', threads });
  // The classifier does not show its model; a backend that remembers what it loaded does.
  const remembering: Backend = {
    ...backend,
    async load(...values) {
      model = await backend.load(...values);
      return model;
    },
  };
  classifier = await loadClassifier(location, {
    models: [ced, efficientat],
    backend: remembering,
    cache: false,
    ...(frames !== undefined && { size: { frames } }),
  });
  const { sampleRate } = classifier.frontEnd;
  const samples = clip(10, sampleRate).subarray(0, classifier.frontEnd.maxSamples);
  inputs = classifier.frontEnd.inputs([samples]);
  return model.device;
}

/** Milliseconds of the model alone, on ten seconds of sound or the most that it hears. */
export async function run(): Promise<number> {
  const start = performance.now();
  await model.run(inputs, { outputs: ['logits'] });
  return performance.now() - start;
}

export async function logits(): Promise<number[]> {
  return Array.from((await model.run(inputs, { outputs: ['logits'] })).logits!.data as Float32Array);
}

/** How many seconds of sound are listened to in a second, from when windows are full. */
export async function listenFor(seconds: number, hop: number): Promise<number> {
  const { sampleRate, maxSamples } = classifier.frontEnd;
  const full = Math.ceil(maxSamples / sampleRate);
  const sound = clip(full + seconds, sampleRate);
  const pieceLength = Math.round(0.1 * sampleRate);
  async function* pieces() {
    for (let at = 0; at < sound.length; at += pieceLength) yield sound.subarray(at, at + pieceLength);
  }
  let start: { readonly now: number; readonly time: number } | undefined;
  let end = 0;
  for await (const { time } of listen(classifier, Object.assign(pieces(), { sampleRate }), { hop })) {
    if (time < full) continue;
    if (!start) start = { now: performance.now(), time };
    end = time;
  }
  return (1000 * (end - start!.time)) / (performance.now() - start!.now);
}
