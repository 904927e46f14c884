// The model that teaching begins with: what it hears, and what it runs on.

import { type ClipBounds, type FileStore, openModelDirectory } from '@audiozoo/core';
import type { FileProgress } from '@audiozoo/core/files';
import { chooseModel, loadedPlugin, openModelFiles } from '@audiozoo/tasks';
import { kernels } from '../kernels.js';
import { models } from '../models.js';
import { tensorflow } from '../tensorflow.js';
import { type RememberingBackend, rememberEmbeddings } from './remember-embeddings.js';
import type { PostedModel } from './teacher-messages.js';

export interface OpenedModel {
  readonly files: FileStore;
  readonly frontEnd: ClipBounds;
  /** The same for a model that can be told to hear less at a time; absent: it hears what it hears. */
  readonly frames: number | undefined;
  readonly backend: RememberingBackend;
}

/** Where a model can be told to, it hears so many seconds: a sound should be known while it is there. */
const seconds = 2;

export interface OpenOptions {
  readonly signal: AbortSignal;
  onProgress(progress: FileProgress): void;
}

/** Everything has been downloaded, and is kept, once this resolves. Throws what opening a model throws. */
export async function openBeginning(
  { location, integrity }: PostedModel,
  { signal, onProgress }: OpenOptions,
): Promise<OpenedModel> {
  const fetching = { models, signal, onProgress, ...(integrity && { integrity }) };
  const files = await openModelFiles(location, fetching);
  const directory = await openModelDirectory(files, { signal });
  try {
    const sources = new Set(Array.from(directory.weights.tensors.values(), ({ source }) => source));
    for (const source of sources) await source.fetchAll?.();
  } finally {
    await directory.weights.close();
  }
  const model = await loadedPlugin(chooseModel(models, directory.config.model_type));
  const frontEnd = model.frontEnd(model.readConfig(directory.config, directory.preprocessorConfig));
  const settings = (await model.initialization?.())?.settings;
  const isLong = frontEnd.maxSamples > 1.25 * seconds * frontEnd.sampleRate;
  const frames = isLong && settings?.frames ? Math.round(seconds * framesPerSecond) : undefined;
  // Its own kernels hear the clips. They train nothing, and a head is little work: TensorFlow.js does that.
  const { train } = tensorflow('wasm');
  const backend = rememberEmbeddings({ ...kernels('wasm'), ...(train && { train }) });
  return { files, frontEnd, frames, backend };
}

const framesPerSecond = 100;
