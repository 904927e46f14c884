// A Hugging Face model directory: core reads those with safetensors; here also the older ones, whose
// weights are in `pytorch_model.bin`.

import { type FileStore, type JsonObject, openModelDirectory, readJson } from '@audiozoo/core';
import type { Checkpoint } from './checkpoint.js';
import { openCheckpoint } from './open-checkpoint.js';
import { refusal } from './refusal.js';
import { storedCheckpoint } from './stored-checkpoint.js';

export interface OpenDirectory {
  readonly config: JsonObject;
  readonly preprocessorConfig: JsonObject | undefined;
  readonly checkpoint: Checkpoint;
  close(): Promise<void>;
}

/** Opens a model directory; where it has no safetensors, with the weights of `pytorch_model.bin`. */
export async function openDirectory(files: FileStore, signal?: AbortSignal): Promise<OpenDirectory> {
  const binary = (await hasSafetensors(files)) ? undefined : await files.open('pytorch_model.bin');
  if (!binary) {
    const { config, preprocessorConfig, weights } = await openModelDirectory(files, { signal });
    const checkpoint = await storedCheckpoint(weights.tensors, signal).catch(async (error) => {
      await weights.close();
      throw error;
    });
    return { config, preprocessorConfig, checkpoint, close: () => weights.close() };
  }
  try {
    const config = await readJson(files, 'config.json', { signal });
    if (!config) throw refusal(files.name, 'holds pytorch_model.bin, but no config.json to read it by');
    const preprocessorConfig = await readJson(files, 'preprocessor_config.json', { signal });
    const checkpoint = await openCheckpoint(binary, { signal });
    return { config, preprocessorConfig, checkpoint, close: () => binary.close() };
  } catch (error) {
    await binary.close();
    throw error;
  }
}

async function hasSafetensors(files: FileStore): Promise<boolean> {
  for (const name of ['model.safetensors', 'model.safetensors.index.json']) {
    const source = await files.open(name);
    await source?.close();
    if (source) return true;
  }
  return false;
}
