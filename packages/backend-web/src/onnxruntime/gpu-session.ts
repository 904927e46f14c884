// Sessions on WebGPU. The build `onnxruntime-web/webgpu` runs on the device that a session is given, so after a
// loss the next session gets another. The root build makes one device of its own, once, and has no way back.

import { AudiozooError } from '@audiozoo/core';
import type { InferenceSession } from 'onnxruntime-common';
import type { Gpu } from '../gpu.js';
import { type Loss, watchLoss } from '../lost-device.js';
import type { Onnxruntime } from './runtime.js';

const devices = new WeakMap<object, GPUDevice>();

/** Creates a session on the runtime's GPU device. Throws a `device` error when that is lost for good. */
export async function createGpuSession(
  { env }: Onnxruntime,
  gpu: Gpu,
  create: (provider: InferenceSession.ExecutionProviderConfig) => Promise<InferenceSession>,
): Promise<{ readonly session: InferenceSession; readonly loss: Loss }> {
  const known = ownDevice(env) ?? devices.get(env);
  const isLost = known && watchLoss(known).lost !== undefined;
  if (isLost && ownDevice(env)) {
    throw new AudiozooError({
      code: 'device',
      what: 'the WebGPU device was lost, and this build of onnxruntime-web makes no other',
      got: watchLoss(known).lost!,
      hint: 'Reload the page (or start the worker anew), use the device "wasm", or the build onnxruntime-web/webgpu.',
    });
  }
  env.webgpu.powerPreference ??= 'high-performance'; // as findGpu asks
  const device = known && !isLost ? known : await requestDevice(gpu.adapter);
  const session = await create({ name: 'webgpu', device });
  const used = ownDevice(env) ?? device;
  if (used !== device) device.destroy();
  devices.set(env, used);
  return { session, loss: watchLoss(used) };
}

/** The root build's own device: it makes the property read-only. */
function ownDevice({ webgpu }: Onnxruntime['env']): GPUDevice | undefined {
  const property = Object.getOwnPropertyDescriptor(webgpu, 'device');
  return property?.writable === false ? property.value : undefined;
}

const limits = [
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** A device with all that the adapter has of what onnxruntime uses. Unasked, it would have the least. */
function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const features: readonly GPUFeatureName[] = ['shader-f16', 'subgroups'];
  return adapter.requestDevice({
    requiredFeatures: features.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(limits.map((name) => [name, adapter.limits[name]])),
  });
}
