// Apart from the CPU's, so that both can run at a time: a software driver takes minutes.

import { onnxruntimeNode } from '@audiozoo/backend-node';
import { describeBackend, describeTraining } from '@audiozoo/core/testing';
import { describe, test } from 'vitest';
import { vulkanDriver } from '../../../testing/vulkan.js';

describe.skipIf(!vulkanDriver)(
  `onnxruntime-node on webgpu (${vulkanDriver ?? 'needs a Vulkan driver'})`,
  () => {
    const makeBackend = () => onnxruntimeNode({ device: 'webgpu', workers: 1 });
    describeBackend({ describe, test }, makeBackend);
    describeTraining({ describe, test }, makeBackend);
  },
);
