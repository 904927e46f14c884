// The Hugging Face model directory: config.json, preprocessor_config.json, and weights in
// model.safetensors or in shards that model.safetensors.index.json lists.

import { type ByteSource, closingOnError } from '../files/byte-source.js';
import { type FileStore, notThere } from '../files/file-store.js';
import { checkJsonSize, isJsonObject, type JsonObject, parseJsonObject } from './json.js';
import { readSafetensors } from './safetensors.js';
import type { StoredTensor, Weights } from './weights.js';

export interface ModelDirectory {
  readonly config: JsonObject;
  readonly preprocessorConfig: JsonObject | undefined;
  readonly weights: Weights;
}

export interface OpenOptions {
  /** Stops reading. */
  readonly signal?: AbortSignal | undefined;
}

/** Opens a model directory. Weights are read later, by range; `weights.close()` closes their files. */
export async function openModelDirectory(
  files: FileStore,
  { signal }: OpenOptions = {},
): Promise<ModelDirectory> {
  signal?.throwIfAborted();
  const config = await readJson(files, 'config.json', { signal });
  if (!config) throw notThere(files, 'config.json');
  const preprocessorConfig = await readPreprocessorConfig(files, { signal });
  return { config, preprocessorConfig, weights: await openWeights(files, signal) };
}

/** How sound becomes features: preprocessor_config.json, or what transformers 5 nests in processor_config.json. */
export async function readPreprocessorConfig(
  files: FileStore,
  options: OpenOptions = {},
): Promise<JsonObject | undefined> {
  const own = await readJson(files, 'preprocessor_config.json', options);
  if (own) return own;
  const processor = await readJson(files, 'processor_config.json', options);
  return processor && featureExtractorOf(processor);
}

/** The feature extractor's part of a processor_config.json; undefined when it has none. */
function featureExtractorOf(processor: JsonObject): JsonObject | undefined {
  const nested = processor.feature_extractor ?? processor.audio_processor;
  if (isJsonObject(nested)) return nested;
  return 'feature_extractor_type' in processor ? processor : undefined;
}

/** Opens a directory's safetensors weights, in one file or in shards. */
async function openWeights(files: FileStore, signal: AbortSignal | undefined): Promise<Weights> {
  const whole = await files.open('model.safetensors');
  if (whole) {
    return weightsOf([whole], async () => (await readSafetensors(whole, { signal })).tensors);
  }
  const { mergeShards, openShards, shardsBudget } = await import('./shards.js');
  const budget = shardsBudget(files.name, signal);
  const opened = await openShards(files, 'model.safetensors.index.json', budget);
  if (!opened) throw notThere(files, 'model.safetensors');
  const { shards, weightMap } = opened;
  return weightsOf(
    shards.map(({ source }) => source),
    async () => {
      const parts: { name: string; tensors: ReadonlyMap<string, StoredTensor> }[] = [];
      for (const { name, source } of shards) {
        parts.push({ name, tensors: (await readSafetensors(source, { budget })).tensors });
      }
      return mergeShards(parts, weightMap, budget);
    },
  );
}

/** Weights of these sources, which are closed where reading throws. */
async function weightsOf(
  sources: readonly ByteSource[],
  read: () => Promise<Weights['tensors']>,
): Promise<Weights> {
  const close = async () => {
    await Promise.all(sources.map((source) => source.close()));
  };
  return closingOnError(close, async () => ({ tensors: await read(), close }));
}

/** A JSON file of the store as an object, or undefined when it is not there. */
export async function readJson(
  files: FileStore,
  name: string,
  { signal }: OpenOptions = {},
): Promise<JsonObject | undefined> {
  const source = await files.open(name);
  if (!source) return undefined;
  try {
    signal?.throwIfAborted();
    checkJsonSize(source.size, name);
    return parseJsonObject(new TextDecoder().decode(await source.read(0, source.size)), name);
  } finally {
    await source.close();
  }
}
