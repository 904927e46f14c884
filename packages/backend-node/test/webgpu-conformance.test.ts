// Apart from the CPU's, so that both can run at a time: a software driver takes a minute.

import { onnxruntimeNode } from '@audiozoo/backend-node';
import type { LoadedModel } from '@audiozoo/core';
import { weightsInMemory } from '@audiozoo/core/plugin';
import {
  conformanceCases,
  describeBackend,
  describeTraining,
  runConformanceCase,
} from '@audiozoo/core/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { vulkanDriver } from '../../../testing/vulkan.js';

describe.skipIf(!vulkanDriver)(
  `onnxruntime-node on webgpu (${vulkanDriver ?? 'needs a Vulkan driver'})`,
  () => {
    const makeBackend = () => onnxruntimeNode({ device: 'webgpu', workers: 1 });
    const anyCase = conformanceCases[0]!;

    test('begins anew once no model is left', async () => {
      for (const _ of ['first', 'again']) await runConformanceCase(makeBackend(), anyCase);
    });

    // With the last model goes the device, and with it every shader that was compiled: here one model stays.
    describe('beside another model', () => {
      let other: LoadedModel;
      beforeAll(async () => {
        const { model, weights } = anyCase;
        other = await makeBackend().load(model, weightsInMemory(weights), { config: undefined });
      });
      afterAll(() => other?.dispose());

      describeBackend({ describe, test }, makeBackend);
      describeTraining({ describe, test }, makeBackend);
    });
  },
);
