// The Hugging Face model directory: config.json, preprocessor_config.json, and weights in
// model.safetensors or in shards that model.safetensors.index.json lists.

import { type Budget, createBudget } from './budget.js';
import type { ByteSource } from './byte-source.js';
import { AudiozooError } from './errors.js';
import { checkJsonSize, type JsonObject, jsonParts, parseJsonObject } from './json.js';
import { preview, quote } from './quote.js';
import { type ReadSafetensorsOptions, readSafetensors } from './safetensors.js';
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

/** More than any model comes in, and fewer files than a process may hold open. */
const maxShards = 500;
const maxFileNameLength = 255;

/** What a directory's index and the headers of all its shards may cost together: 100,000 tensors. */
const directoryLimits = { operations: 32_000_000, bytes: 48_000_000 };
/** What an entry of the index costs beyond its text, in steps. */
const stepsPerEntry = 100;

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
  const preprocessorConfig = await readJson(files, 'preprocessor_config.json', { signal });
  return { config, preprocessorConfig, weights: await openWeights(files, signal) };
}

/** Opens a directory's safetensors weights, in one file or in shards. */
async function openWeights(files: FileStore, signal: AbortSignal | undefined): Promise<Weights> {
  const whole = await files.open('model.safetensors');
  if (whole) return readShards([{ name: 'model.safetensors', source: whole }], { signal });

  const budget = createBudget({ name: files.name, code: 'model', ...directoryLimits, signal });
  const weightMap = await readIndex(files, 'model.safetensors.index.json', budget);
  if (!weightMap) throw notThere(files, 'model.safetensors');
  const names = new Set(weightMap.values());
  if (names.size > maxShards) {
    throw new AudiozooError({
      code: 'model',
      what: 'model.safetensors.index.json names too many files',
      expected: `at most ${maxShards}`,
      got: `${names.size}`,
    });
  }
  const shards: { name: string; source: ByteSource }[] = [];
  try {
    for (const name of names) {
      await budget.rest();
      const source = await files.open(name);
      if (!source) throw notThere(files, name);
      shards.push({ name, source });
    }
  } catch (error) {
    await Promise.all(shards.map(({ source }) => source.close()));
    throw error;
  }
  return readShards(shards, { budget, weightMap });
}

async function readShards(
  shards: readonly { name: string; source: ByteSource }[],
  { weightMap, ...options }: ReadSafetensorsOptions & { weightMap?: ReadonlyMap<string, string> },
): Promise<Weights> {
  const close = async () => {
    await Promise.all(shards.map(({ source }) => source.close()));
  };
  try {
    const tensors = new Map<string, StoredTensor>();
    for (const { name: file, source } of shards) {
      for (const [name, stored] of (await readSafetensors(source, options)).tensors) {
        if (weightMap && weightMap.get(name) !== file) {
          throw new AudiozooError({
            code: 'model',
            what: `the index and ${file} disagree on tensor ${quote(name)}`,
            expected: weightMap.get(name) ?? 'no such tensor',
            got: file,
          });
        }
        tensors.set(name, stored);
      }
    }
    const absent = [...(weightMap?.keys() ?? [])].find((name) => !tensors.has(name));
    if (absent !== undefined) {
      throw new AudiozooError({
        code: 'model',
        what: `tensor ${quote(absent)} stands in the index but in no file`,
      });
    }
    return { tensors, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The `weight_map` of an index, tensors to files; undefined when the index is not there. */
async function readIndex(
  files: FileStore,
  name: string,
  budget: Budget,
): Promise<ReadonlyMap<string, string> | undefined> {
  const source = await files.open(name);
  if (!source) return undefined;
  const weightMap = new Map<string, string>();
  let isThere = false;
  try {
    budget.take(source.size);
    const text = new TextDecoder().decode(await source.read(0, source.size));
    for (const part of jsonParts(text, budget)) {
      await budget.rest();
      if (part?.key !== 'weight_map' || !part.value.startsWith('{')) continue;
      isThere = true;
      for (const tensor of jsonParts(part.value, budget)) {
        await budget.rest();
        if (!tensor) continue;
        budget.spend(stepsPerEntry);
        weightMap.set(tensor.key, readShardName(name, tensor.value));
      }
    }
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new AudiozooError({ code: 'model', what: `${name} is not JSON`, expected: 'a JSON object', cause });
  } finally {
    await source.close();
  }
  if (isThere) return weightMap;
  throw new AudiozooError({
    code: 'model',
    what: `${name} has no weight_map`,
    expected: 'a record of tensor names to file names',
  });
}

/** The index is data from elsewhere: a shard's name must stay inside the folder. */
function readShardName(index: string, json: string): string {
  if (json.length <= maxFileNameLength && /^"[\w.-]+\.safetensors"$/.test(json)) return json.slice(1, -1);
  throw new AudiozooError({
    code: 'model',
    what: `${index} names a file outside its folder`,
    expected: 'a name such as model-00001-of-00002.safetensors',
    got: preview(json),
  });
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

function notThere(files: FileStore, name: string): AudiozooError {
  return new AudiozooError({
    code: 'model',
    what: `${files.name} is not a model directory: ${name} is not there`,
    expected: 'config.json and model.safetensors (or model.safetensors.index.json)',
    mend: 'Convert a PyTorch checkpoint with `audiozoo convert`, or name the folder that holds these files.',
  });
}
