import { type OnnxruntimeWebOptions, onnxruntimeWeb } from '@audiozoo/backend-web/onnxruntime';
import * as jsep from 'onnxruntime-web';
import * as webgpu from 'onnxruntime-web/webgpu';
import * as example from './example.js';
import { type GoldenCase, goldenOutputs } from './golden.js';
import { namedTests } from './named-tests.js';
import { logitsOfBoth } from './waveform.js';

/** Builds of onnxruntime-web: with WebGPU in JavaScript, and with onnxruntime's own. */
const builds = { jsep, webgpu };
export type Build = keyof typeof builds;
export type Options = Omit<OnnxruntimeWebOptions, 'ort'>;

export function conform(build: Build, options: Options, name: string): Promise<void> {
  return namedTests(() => onnxruntimeWeb({ ort: builds[build], ...options }))(name);
}

/** Loads a model that stays, once the first has gone: with it stays the device, and the shaders that are compiled for it. */
export async function keepDevice(build: Build, options: Options): Promise<void> {
  await deviceOf(build, options);
  await example.loadExample(onnxruntimeWeb({ ort: builds[build], ...options }));
}

export function golden(build: Build, options: Options, fixtures: string, goldenCase: GoldenCase) {
  return goldenOutputs(onnxruntimeWeb({ ort: builds[build], ...options }), fixtures, goldenCase);
}

export function hear(build: Build, options: Options, directory: string) {
  return logitsOfBoth(onnxruntimeWeb({ ort: builds[build], ...options }), `/@fs${directory}`);
}

/** What a model says it runs on. */
export async function deviceOf(build: Build, options: Options): Promise<string> {
  const loaded = await example.loadExample(onnxruntimeWeb({ ort: builds[build], ...options }));
  await loaded.dispose();
  return loaded.device;
}

export function loadError(build: Build, options: Options) {
  return example.errorOf(() => example.loadExample(onnxruntimeWeb({ ort: builds[build], ...options })));
}

/** Loses the GPU device that onnxruntime runs on: every device that this page has made. */
export function loseDevice(build: Build) {
  const devices: GPUDevice[] = [];
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...values) {
    const device = await requestDevice.apply(this, values);
    devices.push(device);
    return device;
  };
  return example.afterLoss(onnxruntimeWeb({ ort: builds[build], device: 'webgpu' }), async () => {
    for (const device of devices.splice(0)) {
      device.destroy();
      await device.lost;
    }
  });
}
