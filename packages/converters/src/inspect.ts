// What is in a checkpoint or model directory, without converting it.

import {
  type AnyModel,
  type ByteSource,
  checkWeights,
  type FileStore,
  type JsonObject,
  type TensorInfo,
  type TensorInfos,
} from '@audiozoo/core';
import type { CheckpointFormat, VerifyOptions } from './checkpoint.js';
import { openCheckpoint } from './open-checkpoint.js';
import { openDirectory } from './open-directory.js';
import { describeFound } from './plan-conversion.js';
import { recognise } from './recognise.js';

export interface InspectOptions extends VerifyOptions {
  /** Model plug-ins that it may be of. */
  readonly models: readonly AnyModel[];
}

export interface Inspection {
  readonly format: CheckpointFormat | 'model-directory';
  readonly tensors: readonly (TensorInfo & { readonly name: string })[];
  /** What the model says it is, under which key it lies; null when no model knows it. */
  readonly recognised: JsonObject | null;
}

/**
 * Lists a checkpoint's tensors and says what it is. Reads every byte and verifies every checksum: throws
 * as `openCheckpoint` does, and a `weights` error for a known model's directory whose weights do not fit.
 */
export async function inspectCheckpoint(
  source: ByteSource | FileStore,
  { models, signal, onProgress }: InspectOptions,
): Promise<Inspection> {
  if ('open' in source) return inspectDirectory(source, { models, signal, onProgress });
  const checkpoint = await openCheckpoint(source, { signal });
  await checkpoint.verify({ signal, onProgress });
  const found = recognise(checkpoint.tensors, models, ({ foreignCheckpoint }) => foreignCheckpoint);
  return {
    format: checkpoint.format,
    tensors: listTensors(checkpoint.tensors),
    recognised: found ? describeFound(found) : null,
  };
}

async function inspectDirectory(
  files: FileStore,
  { models, signal, onProgress }: InspectOptions,
): Promise<Inspection> {
  const { config, preprocessorConfig, checkpoint, close } = await openDirectory(files, signal);
  try {
    await checkpoint.verify({ signal, onProgress });
    const model = models.find(({ type }) => type === config.model_type);
    if (model)
      checkWeights(model.parameters(model.readConfig(config, preprocessorConfig)), checkpoint.tensors);
    return {
      format: 'model-directory',
      tensors: listTensors(checkpoint.tensors),
      recognised: model ? { model: model.type, naming: 'Hugging Face' } : null,
    };
  } finally {
    await close();
  }
}

function listTensors(tensors: TensorInfos): Inspection['tensors'] {
  return [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
}
