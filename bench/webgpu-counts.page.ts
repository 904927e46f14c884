// What a page asks of WebGPU, counted where it asks.

import { ast } from '@audiozoo/ast';
import { onnxruntimeWeb } from '@audiozoo/backend-web/onnxruntime';
import { tfjs } from '@audiozoo/backend-web/tfjs';
import type { Backend, LoadedModel } from '@audiozoo/core';
import { weightsInMemory } from '@audiozoo/core/plugin';
import { loadClassifier } from '@audiozoo/tasks';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import * as jsep from 'onnxruntime-web';
import * as webgpu from 'onnxruntime-web/webgpu';
import { clip } from './clip.js';
import { blockInput, blockWeights, encoderBlock } from './encoder-block.js';

export type Runtime = 'onnxruntime-web' | 'onnxruntime-web/webgpu' | 'tfjs';

export interface Counts {
  readonly dispatches: number;
  readonly submissions: number;
  /** Bytes from the page to the GPU. */
  readonly written: number;
  /** Bytes from the GPU to the page. */
  readonly read: number;
  /** Bytes of buffers made. */
  readonly allocated: number;
  /** The most bytes in buffers at a time, weights and all. */
  readonly peak: number;
}

const backends: Readonly<Record<Runtime, () => Backend>> = {
  'onnxruntime-web': () => onnxruntimeWeb({ ort: jsep, device: 'webgpu' }),
  'onnxruntime-web/webgpu': () => onnxruntimeWeb({ ort: webgpu, device: 'webgpu' }),
  tfjs: () => tfjs({ tf, device: 'webgpu' }),
};

const counts = { dispatches: 0, submissions: 0, written: 0, read: 0, allocated: 0, peak: 0 };
let held = 0;
watch();

/** Calls of WebGPU's own objects, whoever makes them. */
function watch(): void {
  const sizes = new WeakMap<GPUBuffer, number>();
  before(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', () => counts.dispatches++);
  before(GPUComputePassEncoder.prototype, 'dispatchWorkgroupsIndirect', () => counts.dispatches++);
  before(GPUQueue.prototype, 'submit', () => counts.submissions++);
  before(GPUQueue.prototype, 'writeBuffer', (_buffer, _offset, data, start = 0, size) => {
    const unit = 'BYTES_PER_ELEMENT' in data ? (data as Uint8Array).BYTES_PER_ELEMENT : 1;
    counts.written += size === undefined ? data.byteLength - start * unit : size * unit;
  });
  before(
    GPUBuffer.prototype,
    'mapAsync',
    function (this: GPUBuffer, mode, offset = 0, size = this.size - offset) {
      if (mode === GPUMapMode.READ) counts.read += size;
      else counts.written += size;
    },
  );
  before(GPUBuffer.prototype, 'destroy', function () {
    held -= sizes.get(this) ?? 0;
    sizes.delete(this);
  });
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (description) {
    const buffer = createBuffer.call(this, description);
    sizes.set(buffer, description.size);
    counts.allocated += description.size;
    if (description.mappedAtCreation) counts.written += description.size;
    held += description.size;
    counts.peak = Math.max(counts.peak, held);
    return buffer;
  };
}

/** Does `look` with the arguments of each call of a method, then the method. */
function before<Owner, Name extends keyof Owner>(
  prototype: Owner,
  name: Name,
  look: Owner[Name] extends (...values: infer Values) => unknown
    ? (this: Owner, ...values: Values) => void
    : never,
): void {
  const method = prototype[name] as (...values: unknown[]) => unknown;
  const watched = function (this: Owner, ...values: unknown[]) {
    (look as (this: Owner, ...values: unknown[]) => void).apply(this, values);
    return method.apply(this, values);
  };
  prototype[name] = watched as Owner[Name];
}

let run: () => Promise<unknown>;

/** Loads one encoder block of AST-base for that many tokens, and says what it runs on. */
export async function loadBlock(runtime: Runtime, tokens: number): Promise<string> {
  const model: LoadedModel = await backends[runtime]().load(
    encoderBlock(tokens),
    weightsInMemory(blockWeights()),
    { config: undefined },
  );
  run = () => model.run(blockInput(tokens));
  return model.device;
}

/** Loads a whole model, to run on a clip that fills it. */
export async function loadModel(runtime: Runtime, location: string): Promise<string> {
  const classifier = await loadClassifier(location, { models: [ast], backend: backends[runtime]() });
  const { sampleRate, maxSamples } = classifier.frontEnd;
  const samples = clip(maxSamples / sampleRate, sampleRate);
  run = () => classifier.logits([{ samples, sampleRate }]);
  return classifier.device;
}

/** Counts of one run, after two that compile shaders and fill pools. */
export async function countRun(): Promise<Counts> {
  await run();
  await run();
  Object.assign(counts, { dispatches: 0, submissions: 0, written: 0, read: 0, allocated: 0, peak: held });
  await run();
  return { ...counts };
}
