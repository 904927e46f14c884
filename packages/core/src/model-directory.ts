// The Hugging Face model directory: config.json, preprocessor_config.json, and weights in
// model.safetensors or in shards that model.safetensors.index.json lists.

import type { ByteSource } from './byte-source.js';
import { AudiozooError } from './errors.js';
import { type JsonObject, parseJsonObject } from './json.js';
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
  const preprocessorConfig = await readJson(files, 'preprocessor_config.json');
  return { config, preprocessorConfig, weights: await openWeights(files) };
}

/** Opens a directory's safetensors weights, in one file or in shards. */
async function openWeights(files: FileStore): Promise<Weights> {
  const whole = await files.open('model.safetensors');
  if (whole) return readShards([{ name: 'model.safetensors', source: whole }]);

  const index = await readJson(files, 'model.safetensors.index.json');
  if (!index) throw notThere(files, 'model.safetensors');
  const weightMap = index.weight_map;
  if (typeof weightMap !== 'object' || weightMap === null || Array.isArray(weightMap)) {
    throw new AudiozooError({
      code: 'model',
      what: 'model.safetensors.index.json has no weight_map',
      expected: 'a record of tensor names to file names',
    });
  }
  const entries = Object.entries(weightMap as JsonObject);
  const shards: { name: string; source: ByteSource }[] = [];
  try {
    for (const name of new Set(entries.map(([, file]) => file))) {
      // The index is data from elsewhere: a shard's name must stay inside the folder.
      if (typeof name !== 'string' || !/^[\w.-]+\.safetensors$/.test(name)) {
        throw new AudiozooError({
          code: 'model',
          what: 'model.safetensors.index.json names a file outside its folder',
          expected: 'a name such as model-00001-of-00002.safetensors',
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
  return readShards(shards, new Map(entries as [string, string][]));
}

async function readShards(
  shards: readonly { name: string; source: ByteSource }[],
  weightMap?: ReadonlyMap<string, string>,
): Promise<Weights> {
  const close = async () => {
    await Promise.all(shards.map(({ source }) => source.close()));
  };
  try {
    const tensors = new Map<string, StoredTensor>();
    for (const { name: file, source } of shards) {
      for (const [name, stored] of (await readSafetensors(source)).tensors) {
        if (weightMap && weightMap.get(name) !== file) {
          throw new AudiozooError({
            code: 'model',
            what: `the index and ${file} disagree on tensor ${JSON.stringify(name)}`,
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
        what: `tensor ${JSON.stringify(absent)} stands in the index but in no file`,
      });
    }
    return { tensors, close };
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
