// The trained model as a directory: what trained in float32, everything else as it was stored.

import { tensor } from '@audiozoo/core';
import {
  byteLength,
  jsonText,
  memoryEntry,
  type SafetensorsEntry,
  sourceBlocks,
  writeSafetensors,
} from '@audiozoo/core/plugin';
import type { Beginning } from '../begin.js';
import { type TrainingFolder, writeText } from './training-folder.js';

/** The config comes last: a folder without it is no model directory. */
export async function writeModel(
  folder: TrainingFolder,
  { weights, configJson, preprocessorJson }: Beginning,
  trained: ReadonlyMap<string, Float32Array>,
): Promise<void> {
  const entries = Array.from(weights.tensors, ([name, stored]): SafetensorsEntry => {
    const values = trained.get(name);
    if (!values) {
      return {
        ...{ name, dtype: stored.dtype, shape: stored.shape },
        chunks: () => sourceBlocks(stored.source, stored.offset, stored.offset + byteLength(stored)),
      };
    }
    return memoryEntry(name, tensor('float32', stored.shape, values));
  });
  await folder.write('model.safetensors', async (file) => {
    await writeSafetensors(file, entries);
  });
  if (preprocessorJson) await writeText(folder, 'preprocessor_config.json', jsonText(preprocessorJson));
  // What trained is float32, whatever the rest is: who opened all of it in float16 would have other logits.
  const dtypeKey = 'dtype' in configJson ? 'dtype' : 'torch_dtype';
  await writeText(folder, 'config.json', jsonText({ ...configJson, [dtypeKey]: 'float32' }));
}
