// WebGPU in Node: Dawn, the engine of Chromium's, on whichever Vulkan driver is there.

import { type Tfjs, tfjs } from '@audiozoo/backend-web/tfjs';
import { describeBackend, describeTraining } from '@audiozoo/core/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { vulkanDriver } from '../../../testing/vulkan.js';

describe.skipIf(!vulkanDriver)('tfjs on webgpu, in Node (needs a Vulkan driver)', () => {
  let tf: Tfjs;
  beforeAll(async () => {
    const { create, globals } = await import('webgpu');
    const navigator = { gpu: create([]) };
    Object.assign(globalThis, globals);
    Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
    // These look for WebGPU as they load.
    tf = await import('@tensorflow/tfjs-core');
    await import('@tensorflow/tfjs-backend-webgpu');
  });
  // Dawn keeps Node alive as long as it is referenced.
  afterAll(() => Reflect.deleteProperty(globalThis, 'navigator'));

  const makeBackend = () => tfjs({ tf, device: 'webgpu' });
  describeBackend({ describe, test }, makeBackend);
  describeTraining({ describe, test }, makeBackend);
});
