// The Hugging Face model directory: config.json, preprocessor_config.json, and weights in
// model.safetensors or in shards that model.safetensors.index.json lists.

import type { ByteSource } from './byte-source.js';
import { AudiozooError } from './errors.js';
import { type Json, type JsonObject, parseJsonObject } from './json.js';
import { readSafetensors } from './safetensors.js';
import type { StoredTensor, Weights } from './weights.js';

/** Files by name, wherever they are: a folder, dropped files, a server. */
export interface FileStore {
  /** What to call it in messages. */
  readonly name: string;
  /** The file, or undefined when it is not there. `name` is one file name, never a path. */
  open(name: string): Promise<ByteSource | undefined>;
}

export interface ModelDirectory {
  readonly config: JsonObject;
  readonly preprocessorConfig: JsonObject | undefined;
  readonly weights: Weights;
}

const maxJsonBytes = 16_000_000;

/** Opens a model directory. Weights are read later, by range; `weights.close()` closes their files. */
export async function openModelDirectory(files: FileStore): Promise<ModelDirectory> {
  const config = await readJson(files, 'config.json');
  if (!config) throw notThere(files, 'config.json');
  const preprocessorConfig = await readPreprocessorConfig(files);
  return { config, preprocessorConfig, weights: await openWeights(files) };
}

/** How sound becomes features: preprocessor_config.json, or what transformers 5 nests in processor_config.json. */
export async function readPreprocessorConfig(files: FileStore): Promise<JsonObject | undefined> {
  const own = await readJson(files, 'preprocessor_config.json');
  if (own) return own;
  const processor = await readJson(files, 'processor_config.json');
  return processor && featureExtractorOf(processor);
}

/** The feature extractor's part of a processor_config.json; undefined when it has none. */
export function featureExtractorOf(processor: JsonObject): JsonObject | undefined {
  const nested = processor.feature_extractor ?? processor.audio_processor;
  if (isObject(nested)) return nested;
  return 'feature_extractor_type' in processor ? processor : undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One of the files that weights are spread over. */
export interface Shard {
  readonly name: string;
  readonly source: ByteSource;
}

/** Opens all files that an index of shards names; `indexName` ends as `.safetensors.index.json` does. */
export async function openShards(
  files: FileStore,
  indexName: string,
  index: JsonObject,
): Promise<{ readonly shards: readonly Shard[]; readonly weightMap: ReadonlyMap<string, string> }> {
  const weightMap = index.weight_map;
  if (!isObject(weightMap)) {
    throw new AudiozooError({
      code: 'model',
      what: `${indexName} has no weight_map`,
      expected: 'a record of tensor names to file names',
    });
  }
  const ending = /\.\w+(?=\.index\.json$)/.exec(indexName)?.[0] ?? '';
  const entries = Object.entries(weightMap);
  const shards: Shard[] = [];
  try {
    for (const name of new Set(entries.map(([, file]) => file))) {
      // The index is data from elsewhere: a shard's name must stay inside the folder.
      if (typeof name !== 'string' || !/^[\w.-]+$/.test(name) || !name.endsWith(ending)) {
        throw new AudiozooError({
          code: 'model',
          what: `${indexName} names a file outside its folder`,
          expected: `a name such as model-00001-of-00002${ending}`,
          got: JSON.stringify(name),
        });
      }
      const source = await files.open(name);
      if (!source) throw notThere(files, name);
      shards.push({ name, source });
    }
  } catch (error) {
    await Promise.all(shards.map(({ source }) => source.close()));
    throw error;
  }
  return { shards, weightMap: new Map(entries as [string, string][]) };
}

/** The tensors of all shards together. Throws a `model` error unless each lies in the file that the index names. */
export function mergeShards<T>(
  parts: readonly { readonly name: string; readonly tensors: ReadonlyMap<string, T> }[],
  weightMap: ReadonlyMap<string, string>,
): Map<string, T> {
  const merged = new Map<string, T>();
  for (const { name: file, tensors } of parts) {
    for (const [name, tensor] of tensors) {
      if (weightMap.get(name) !== file) {
        throw new AudiozooError({
          code: 'model',
          what: `the index and ${file} disagree on tensor ${JSON.stringify(name)}`,
          expected: weightMap.get(name) ?? 'no such tensor',
          got: file,
        });
      }
      merged.set(name, tensor);
    }
  }
  const absent = [...weightMap.keys()].find((name) => !merged.has(name));
  if (absent === undefined) return merged;
  throw new AudiozooError({
    code: 'model',
    what: `tensor ${JSON.stringify(absent)} stands in the index but in no file`,
  });
}

/** Opens a directory's safetensors weights, in one file or in shards. */
async function openWeights(files: FileStore): Promise<Weights> {
  const whole = await files.open('model.safetensors');
  if (whole) return readWeights([{ name: 'model.safetensors', source: whole }]);

  const indexName = 'model.safetensors.index.json';
  const index = await readJson(files, indexName);
  if (!index) throw notThere(files, 'model.safetensors');
  const { shards, weightMap } = await openShards(files, indexName, index);
  return readWeights(shards, weightMap);
}

async function readWeights(
  shards: readonly Shard[],
  weightMap?: ReadonlyMap<string, string>,
): Promise<Weights> {
  const close = async () => {
    await Promise.all(shards.map(({ source }) => source.close()));
  };
  try {
    const parts: { name: string; tensors: ReadonlyMap<string, StoredTensor> }[] = [];
    for (const { name, source } of shards) {
      parts.push({ name, tensors: (await readSafetensors(source)).tensors });
    }
    return { tensors: weightMap ? mergeShards(parts, weightMap) : parts[0]!.tensors, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A JSON file of the store as an object, or undefined when it is not there. */
export async function readJson(files: FileStore, name: string): Promise<JsonObject | undefined> {
  const source = await files.open(name);
  if (!source) return undefined;
  try {
    if (source.size > maxJsonBytes) {
      throw new AudiozooError({
        code: 'model',
        what: `${name} is too large`,
        expected: `at most ${maxJsonBytes} bytes`,
        got: `${source.size}`,
      });
    }
    return parseJsonObject(new TextDecoder().decode(await source.read(0, source.size)), name);
  } finally {
    await source.close();
  }
}

function notThere(files: FileStore, name: string): AudiozooError {
  return new AudiozooError({
    code: 'model',
    what: `${files.name} is not a model directory: ${name} is not there`,
    expected: 'config.json and model.safetensors (or model.safetensors.index.json)',
    mend: 'Convert a PyTorch checkpoint with `audiozoo convert`, or name the folder that holds these files.',
  });
}
