// What is in a checkpoint or model directory, without converting it.

import type { AnyModel, ByteSource, FileStore, JsonObject, TensorInfo, TensorInfos } from '@audiozoo/core';
import type { OptionKinds } from '@audiozoo/core/plugin';
import { describeAdapter, isAdapterDirectory, openAdapter } from '../adapter/adapter.js';
import { checkCall, checkSource, verifyOptionKinds } from '../check-call.js';
import { describeFound, foreignCheckpoints } from '../plan-conversion.js';
import type { Checkpoint, CheckpointFormat, VerifyOptions } from './checkpoint.js';
import { openCheckpoint } from './open-checkpoint.js';
import { openDirectory } from './open-directory.js';
import { chooseWeightSets } from './recognize.js';
import { fitTensors } from './surplus.js';
import { findWeightSets } from './weight-sets.js';

export interface InspectOptions extends VerifyOptions {
  /** Model plug-ins that it may be of. */
  readonly models: readonly AnyModel[];
}

const inspectOptionKinds = {
  ...verifyOptionKinds,
  models: 'any',
} as const satisfies OptionKinds<InspectOptions>;

export interface Inspection {
  readonly format: CheckpointFormat | 'model-directory';
  readonly tensors: readonly (TensorInfo & { readonly name: string })[];
  /** What the model says it is, under which key it lies; null when no model knows it, or several sets fit. */
  readonly recognized: JsonObject | null;
  /** All sets of weights in the file, where there are several: what `key` chooses from. */
  readonly choices?: readonly JsonObject[];
}

/**
 * Lists a checkpoint's tensors and says what it is. Reads every byte and verifies every checksum: throws
 * as `openCheckpoint` does, and a `weights` error for a known model's directory whose weights do not fit.
 */
export async function inspectCheckpoint(
  source: ByteSource | FileStore,
  options: InspectOptions,
): Promise<Inspection> {
  checkSource(source);
  checkCall('inspectCheckpoint', options, inspectOptionKinds);
  const { models, signal, onProgress } = options;
  if ('open' in source) return inspectDirectory(source, { models, signal, onProgress });
  const checkpoint = await openCheckpoint(source, { signal });
  await checkpoint.verify({ signal, onProgress });
  return {
    format: checkpoint.format,
    tensors: listTensors(checkpoint.tensors),
    ...(await describeSets(source.name, checkpoint, models, signal)),
  };
}

async function describeSets(
  fileName: string,
  { tensors }: Checkpoint,
  models: readonly AnyModel[],
  signal: AbortSignal | undefined,
): Promise<Pick<Inspection, 'recognized' | 'choices'>> {
  const able = await foreignCheckpoints(models);
  const sets = await findWeightSets(fileName, tensors, [...able.keys()], (model) => able.get(model), signal);
  if (sets.length === 0) return { recognized: null };
  const left = chooseWeightSets(fileName, sets, { check: ({ as, tensors }) => as.plan(tensors, {}) });
  return {
    recognized: left.length === 1 ? describeFound(left[0]!) : null,
    ...(sets.length > 1 && { choices: sets.map(({ description, key }) => ({ ...description, key })) }),
  };
}

async function inspectDirectory(
  files: FileStore,
  { models, signal, onProgress }: InspectOptions,
): Promise<Inspection> {
  if (await isAdapterDirectory(files)) return inspectAdapter(files, { signal, onProgress });
  const { config, preprocessorConfig, checkpoint, close } = await openDirectory(files, signal);
  try {
    await checkpoint.verify({ signal, onProgress });
    const model = models.find(({ type }) => type === config.model_type);
    if (model) {
      const parameters = model.parameters(model.readConfig(config, preprocessorConfig));
      fitTensors(files.name, model, parameters, checkpoint.tensors);
    }
    return {
      format: 'model-directory',
      tensors: listTensors(checkpoint.tensors),
      recognized: model ? { model: model.type, naming: 'Hugging Face' } : null,
    };
  } finally {
    await close();
  }
}

async function inspectAdapter(files: FileStore, options: VerifyOptions): Promise<Inspection> {
  const { config, checkpoint, close } = await openAdapter(files, options.signal);
  try {
    await checkpoint.verify(options);
    const { format, tensors } = checkpoint;
    return { format, tensors: listTensors(tensors), recognized: describeAdapter(config) };
  } finally {
    await close();
  }
}

function listTensors(tensors: TensorInfos): Inspection['tensors'] {
  return [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
}
