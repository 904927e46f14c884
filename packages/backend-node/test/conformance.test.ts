import { onnxruntimeNode } from '@audiozoo/backend-node';
import { describeBackend } from '@audiozoo/core/testing';
import { describe, test } from 'vitest';
import { vulkanDriver } from '../../../testing/vulkan.js';

const devices = [
  { device: 'cpu', workers: 1, title: 'cpu', missing: false },
  { device: 'cpu', workers: 2, title: 'cpu, in two threads', missing: false },
  { device: 'cpu', workers: 0, title: "cpu, in the caller's thread", missing: false },
  {
    device: 'webgpu',
    workers: 1,
    title: `webgpu (${vulkanDriver ?? 'needs a Vulkan driver: none found'})`,
    missing: !vulkanDriver,
  },
] as const;

for (const { device, workers, title, missing } of devices) {
  describe.skipIf(missing)(`onnxruntime-node on ${title}`, () => {
    describeBackend({ describe, test }, () => onnxruntimeNode({ device, workers }));
  });
}
