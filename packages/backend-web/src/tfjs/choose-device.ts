import { AudiozooError } from '@audiozoo/core';
import { findGpu } from '../gpu.js';
import { noGpuError } from '../no-gpu-error.js';
import type { TfjsDevice } from './engine.js';
import type { Tfjs } from './tfjs-namespace.js';

export interface ChosenDevice {
  readonly device: TfjsDevice;
  /** What it is, and why it was chosen. */
  readonly why: string;
}

/** The device asked for, or the best there is. Throws a `device` error that says what to do about it. */
export async function chooseDevice(tf: Tfjs, asked: TfjsDevice | 'auto'): Promise<ChosenDevice> {
  const isImported = (device: TfjsDevice) => tf.findBackendFactory(device) !== null;
  const gpu = await findGpu();

  if (asked === 'webgpu' && !gpu) throw noGpuError();
  if (asked !== 'auto') {
    if (!isImported(asked)) throw notImported([asked]);
    return { device: asked, why: asked === 'webgpu' ? gpu!.name : '' };
  }

  const whyNotGpu = !gpu
    ? 'there is no WebGPU'
    : !isImported('webgpu')
      ? `${backendPackage('webgpu')} is not imported`
      : gpu.isSoftware && `WebGPU is software, ${gpu.name}`;
  if (gpu && !whyNotGpu) return { device: 'webgpu', why: `${gpu.name}; chosen by auto: a GPU` };
  const other = (['wasm', 'cpu'] as const).find(isImported);
  if (other) return { device: other, why: `chosen by auto: ${whyNotGpu}` };
  if (gpu && isImported('webgpu')) {
    return { device: 'webgpu', why: `${gpu.name}; chosen by auto: in software, but no other is imported` };
  }
  throw notImported(['webgpu', 'wasm', 'cpu']);
}

function notImported(devices: readonly TfjsDevice[]): AudiozooError {
  return new AudiozooError({
    code: 'device',
    what: `TensorFlow.js has no backend for ${devices.join(', ')}`,
    hint: `Import ${devices.map(backendPackage).join(' or ')} beside it, in the same version.`,
  });
}

function backendPackage(device: TfjsDevice): string {
  return `@tensorflow/tfjs-backend-${device}`;
}
