// `--device`: onnxruntime's devices, or a plug-in's backend by its name.

import { AudiozooError, type Backend } from '@audiozoo/core';
import { Command, Option } from '@commander-js/extra-typings';
import { UsageError } from '../session/session.js';
import type { FlagsOf } from './common.js';
import { wholeNumber } from './flag-value.js';
import type { Plugins } from './plugin.js';

export type DeviceFlags = FlagsOf<typeof deviceFlags>;

/** Flags of commands that run a model. */
export const deviceFlags = new Command()
  .option('--device <name>', "auto, cpu, cuda, cuda:1, webgpu, or the name of a plug-in's backend", 'auto')
  .addOption(new Option('--precision <dtype>', 'of the arithmetic').choices(['float32', 'float16']))
  .option('--threads <n>', 'threads of the CPU', wholeNumber(1, 1024));

export const onnxruntimeDevices = ['auto', 'cpu', 'cuda', 'webgpu'] as const;

type OnnxruntimeDevice = (typeof onnxruntimeDevices)[number] | `cuda:${number}`;

function isOnnxruntimeDevice(name: string): name is OnnxruntimeDevice {
  return onnxruntimeDevices.some((known) => known === name) || /^cuda:\d{1,3}$/.test(name);
}

/**
 * The backend that the flags choose; `workers` are onnxruntime's. Throws a UsageError when there is none of that
 * name.
 */
export async function chooseBackend(
  { device: name, precision, threads }: DeviceFlags,
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
