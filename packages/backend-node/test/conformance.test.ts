import { onnxruntimeNode } from '@audiozoo/backend-node';
import { describeBackend, describeTraining } from '@audiozoo/core/testing';
import { describe, test } from 'vitest';
import { vulkanDriver } from '../../../testing/vulkan.js';

const devices = [
  { device: 'cpu', workers: 1, title: 'cpu', missing: false, trains: true },
  { device: 'cpu', workers: 2, title: 'cpu, in two threads', missing: false, trains: false },
  { device: 'cpu', workers: 0, title: "cpu, in the caller's thread", missing: false, trains: true },
  {
    device: 'webgpu',
    workers: 1,
    title: `webgpu (${vulkanDriver ?? 'needs a Vulkan driver: none found'})`,
    missing: !vulkanDriver,
    trains: false,
  },
] as const;

for (const { device, workers, title, missing, trains } of devices) {
  describe.skipIf(missing)(`onnxruntime-node on ${title}`, () => {
    describeBackend({ describe, test }, () => onnxruntimeNode({ device, workers }));
    if (trains) describeTraining({ describe, test }, () => onnxruntimeNode({ device, workers }));
  });
}
