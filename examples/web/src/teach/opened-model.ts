// The model that teaching begins with: what it hears, and what it runs on.

import { type FileStore, openModelDirectory } from '@audiozoo/core';
import type { FileProgress } from '@audiozoo/core/files';
import { chooseModel, loadedPlugin, openModelFiles } from '@audiozoo/tasks';
import { env } from '@tensorflow/tfjs-core';
import { kernels } from '../kernels.js';
import { models } from '../models.js';
import { tensorflow } from '../tensorflow.js';
import { type RememberingBackend, rememberEmbeddings } from './remember-embeddings.js';
import type { PostedModel } from './teacher-messages.js';

export interface OpenedModel {
  readonly files: FileStore;
  /** Hertz of what it hears. */
  readonly sampleRate: number;
  /** As many samples as it hears at a time: recordings are cut into so many. */
  readonly clipSamples: number;
  /** What it is told to hear at a time, in place of more; absent: it hears what it hears. */
  readonly frames: number | undefined;
  readonly backend: RememberingBackend;
}

/** Models that hear far more at a time, and can be told to, hear so many seconds: a sound should be known while it is there. */
const mostSeconds = 2;
const farMore = 1.25;
/** Of models that can be told: all have frames of 10 ms. */
const framesPerSecond = 100;

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
  const config = model.readConfig(directory.config, directory.preprocessorConfig);
  const { sampleRate, maxSamples } = model.frontEnd(config);
  const canBeTold = (await model.initialization?.())?.settings?.frames !== undefined;
  const isTold = canBeTold && maxSamples > farMore * mostSeconds * sampleRate;
  // Its own kernels hear the clips. They train nothing, and a head is little work: TensorFlow.js does that, in this thread. With
  // threads it begins eight, for which no lesson is shorter, and busy Firefox has waited for ever about then.
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const { train } = tensorflow('wasm');
  const backend = rememberEmbeddings({ ...kernels('wasm'), ...(train && { train }) });
  return {
    ...{ files, sampleRate, backend },
    clipSamples: isTold ? mostSeconds * sampleRate : maxSamples,
    frames: isTold ? mostSeconds * framesPerSecond : undefined,
  };
}
