// `--device`: onnxruntime's devices, or a plug-in's backend by its name.

import { AudiozooError, type Backend } from '@audiozoo/core';
import type { Plugins } from './plugin.js';
import { UsageError } from './usage-error.js';

export interface DeviceFlags {
  readonly device?: string;
  readonly precision?: 'float32' | 'float16';
  readonly threads?: number;
}

const onnxruntimeDevices = ['auto', 'cpu', 'cuda', 'webgpu'] as const;

type OnnxruntimeDevice = (typeof onnxruntimeDevices)[number] | `cuda:${number}`;

function isOnnxruntimeDevice(name: string): name is OnnxruntimeDevice {
  return onnxruntimeDevices.some((known) => known === name) || /^cuda:\d{1,3}$/.test(name);
}

/**
 * The backend that the flags choose; `workers` are onnxruntime's. Throws a UsageError when there is none of that
 * name.
 */
export async function chooseBackend(
  { device: name = 'auto', precision, threads }: DeviceFlags,
  { backends }: Plugins,
  { workers }: { readonly workers?: number } = {},
): Promise<Backend> {
  const device = isOnnxruntimeDevice(name) ? name : undefined;
  const plugin = backends.find((backend) => backend.name === name);
  if (device && plugin) {
    throw new AudiozooError({
      code: 'argument',
      what: `a plug-in's backend has the name of a device, ${name}`,
      hint: 'The plug-in has to choose another name.',
    });
  }
  if (device) {
    const { onnxruntimeNode } = await import('@audiozoo/backend-node');
    return onnxruntimeNode({ device, workers, precision, threads });
  }
  if (!plugin) {
    const names = [...onnxruntimeDevices, 'cuda:NUMBER', ...backends.map((backend) => backend.name)].join(
      ', ',
    );
    throw new UsageError(
      `there is no device ${JSON.stringify(name)}: expected ${names}. --plugin MODULE brings others.`,
    );
  }
  if (precision !== undefined || threads !== undefined) {
    throw new UsageError(
      `--precision and --threads are onnxruntime's: the plug-in's backend ${name} does not take them.`,
    );
  }
  return plugin;
}
