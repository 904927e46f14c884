import { onnxruntimeNode } from '@audiozoo/backend-node';
import { describeBackend } from '@audiozoo/core/testing';
import { describe, test } from 'vitest';
import { vulkanDriver } from '../../../testing/vulkan.js';

const devices = [
  { device: 'cpu', title: 'cpu', missing: false },
  {
    device: 'webgpu',
    title: `webgpu (${vulkanDriver ?? 'needs a Vulkan driver: none found'})`,
    missing: !vulkanDriver,
  },
] as const;

for (const { device, title, missing } of devices) {
  describe.skipIf(missing)(`onnxruntime-node on ${title}`, () => {
    describeBackend({ describe, test }, () => onnxruntimeNode({ device }));
  });
}
