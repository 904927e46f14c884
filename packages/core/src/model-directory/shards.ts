// Weights that are spread over several files, which an index lists. Loaded with the first such model: pages mostly have
// one file.

import { type Budget, createBudget } from '../checks/budget.js';
import { preview, quote } from '../checks/quote.js';
import { AudiozooError } from '../errors.js';
import type { ByteSource } from '../files/byte-source.js';
import { type FileStore, notThere } from '../files/file-store.js';
import { jsonParts } from './json.js';

/** More than any model comes in, and fewer files than a process may hold open. */
const maxShards = 500;

/** What a directory's index and the headers of all its shards may cost together: 100,000 tensors. */
const directoryLimits = { operations: 32_000_000, bytes: 48_000_000 };
/** What an entry of the index costs beyond its text, in steps. */
const stepsPerEntry = 100;

/** One of the files that weights are spread over. */
export interface Shard {
  readonly name: string;
  readonly source: ByteSource;
}

/** What an index and the headers of all its shards may cost together. */
export function shardsBudget(name: string, signal: AbortSignal | undefined): Budget {
  return createBudget({ name, code: 'model', ...directoryLimits, signal });
}

/**
 * Opens all files that an index of shards names, which ends as `.safetensors.index.json` does; undefined when the index
 * is not there.
 */
export async function openShards(
  files: FileStore,
  indexName: string,
  budget: Budget,
): Promise<
  { readonly shards: readonly Shard[]; readonly weightMap: ReadonlyMap<string, string> } | undefined
> {
  const weightMap = await readIndex(files, indexName, budget);
  if (!weightMap) return undefined;
  const names = new Set(weightMap.values());
  if (names.size > maxShards) {
    throw new AudiozooError({
      code: 'model',
      what: `${indexName} names too many files`,
      expected: `at most ${maxShards}`,
      got: `${names.size}`,
    });
  }
  const shards: Shard[] = [];
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
  return { shards, weightMap };
}

/** The tensors of all shards together. Throws a `model` error unless each lies in the file that the index names. */
export async function mergeShards<T>(
  parts: readonly { readonly name: string; readonly tensors: ReadonlyMap<string, T> }[],
  weightMap: ReadonlyMap<string, string>,
  budget: Budget,
): Promise<Map<string, T>> {
  const merged = new Map<string, T>();
  for (const { name: file, tensors } of parts) {
    for (const [name, tensor] of tensors) {
      await budget.rest();
      if (weightMap.get(name) !== file) {
        throw new AudiozooError({
          code: 'model',
          what: `the index and ${file} disagree on tensor ${quote(name)}`,
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
    what: `tensor ${quote(absent)} stands in the index but in no file`,
  });
}

/** The `weight_map` of an index, tensors to files; undefined when the index is not there. */
async function readIndex(
  files: FileStore,
  name: string,
  budget: Budget,
): Promise<ReadonlyMap<string, string> | undefined> {
  const source = await files.open(name);
  if (!source) return undefined;
  const ending = /\.\w+(?=\.index\.json$)/.exec(name)?.[0] ?? '';
  const weightMap = new Map<string, string>();
  let isThere = false;
  try {
    budget.take(source.size);
    const text = new TextDecoder().decode(await source.read(0, source.size));
    for (const part of jsonParts(text, budget)) {
      await budget.rest();
      if (part?.key !== 'weight_map' || !part.value.startsWith('{')) continue;
      isThere = true;
      for (const entry of jsonParts(part.value, budget)) {
        await budget.rest();
        if (!entry) continue;
        budget.spend(stepsPerEntry);
        weightMap.set(entry.key, readShardName(entry.value, name, ending));
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
function readShardName(json: string, indexName: string, ending: string): string {
  const name = /^"([\w.-]{1,255})"$/.exec(json)?.[1] ?? '';
  if (name.length > ending.length && name.endsWith(ending)) return name;
  throw new AudiozooError({
    code: 'model',
    what: `${indexName} names a file outside its folder`,
    expected: `a name such as model-00001-of-00002${ending}`,
    got: preview(json),
  });
}
