// Which files of a Hugging Face repository make a model directory.

import { AudiozooError, type JsonObject } from '@audiozoo/core';
import type { Staging } from '@audiozoo/core/disk';
import {
  commitOf,
  type DownloadedFile,
  downloadFile,
  downloadText,
  type HuggingFaceHub,
  isNotThere,
  notOnHub,
  promisedFile,
  repositoryUrl,
  StatusError,
} from '@audiozoo/core/network';
import { featureExtractorOf, parseJsonObject, preview } from '@audiozoo/core/plugin';

type DownloadOptions = Parameters<typeof downloadFile>[3];
type TextOptions = Parameters<typeof downloadText>[1];

export interface Repository {
  /** The commit, where the hub tells it. */
  readonly revision: string;
  /** Small files by name. */
  readonly texts: Map<string, string>;
  /** Address of a file at that revision. */
  address(name: string): URL;
}

const indexName = 'model.safetensors.index.json';
const binaryIndexName = 'pytorch_model.bin.index.json';
const maxShards = 1000;

/** Reads config.json and preprocessor_config.json. All that comes later is of the same commit. */
export async function readRepository(
  { hub, repository, revision }: { hub: HuggingFaceHub; repository: string; revision: string },
  options: TextOptions,
): Promise<Repository> {
  const at = (revision: string) => (name: string) => new URL(name, repositoryUrl(hub, repository, revision));
  const { text, headers } = await downloadText(at(revision)('config.json'), options).catch((error) => {
    const isRefused = error instanceof StatusError && [401, 403, 404].includes(error.status);
    throw isRefused ? notOnHub(error.status, repository, revision, error) : error;
  });
  const commit = commitOf(headers) ?? revision;
  const texts = new Map([['config.json', text]]);
  const address = at(commit);
  await addText('preprocessor_config.json', address, texts, options);
  return { revision: commit, texts, address };
}

/** The feature extractor's config: of preprocessor_config.json, else of what transformers 5 writes in its place. */
export async function readPreprocessor(
  { texts, address }: Pick<Repository, 'texts' | 'address'>,
  options: TextOptions,
): Promise<JsonObject | undefined> {
  const read = (name: string) => {
    const text = texts.get(name);
    return text === undefined ? undefined : parseJsonObject(text, name);
  };
  const own = read('preprocessor_config.json');
  if (own) return own;
  await addText('processor_config.json', address, texts, options);
  const processor = read('processor_config.json');
  return processor && featureExtractorOf(processor);
}

/**
 * Downloads the weights: in one safetensors file, in shards, or either in PyTorch's own format, whichever is there
 * first in this order. A list of shards joins `texts`.
 */
export async function downloadWeights(
  address: Repository['address'],
  staging: Staging,
  texts: Map<string, string>,
  options: DownloadOptions,
): Promise<readonly DownloadedFile[]> {
  const download = (name: string) =>
    downloadFile(address(name), staging, name, { ...options, promises: promisedFile });
  const ifThere = async (name: string) => {
    const file = await download(name).catch((error) => {
      if (!isNotThere(error)) throw error;
    });
    return file && [file];
  };

  const shards = async (indexName: string) => {
    if (!(await addText(indexName, address, texts, options))) return undefined;
    const files: DownloadedFile[] = [];
    for (const name of shardNames(indexName, texts.get(indexName)!)) files.push(await download(name));
    return files;
  };

  const files =
    (await ifThere('model.safetensors')) ??
    (await shards(indexName)) ??
    (await ifThere('pytorch_model.bin')) ??
    (await shards(binaryIndexName));
  if (files) return files;
  throw new AudiozooError({
    code: 'file',
    what: 'the repository holds no weights that can be read',
    expected: `model.safetensors, ${indexName}, pytorch_model.bin or ${binaryIndexName}`,
  });
}

/** Whether the file is there. */
async function addText(
  name: string,
  address: Repository['address'],
  texts: Map<string, string>,
  options: TextOptions,
): Promise<boolean> {
  try {
    texts.set(name, (await downloadText(address(name), options)).text);
    return true;
  } catch (error) {
    if (!isNotThere(error)) throw error;
    return false;
  }
}

/** The files that an index lists. Their names become addresses and paths, so they must be plain. */
function shardNames(indexName: string, text: string): readonly string[] {
  const { weight_map: map } = parseJsonObject(text, indexName);
  const ending = indexName === binaryIndexName ? '.bin' : '.safetensors';
  const names = new Set(typeof map === 'object' && map !== null ? Object.values(map) : []);
  const arePlain = [...names].every(
    (name): name is string =>
      typeof name === 'string' && /^\w[\w.-]{0,99}$/.test(name) && name.endsWith(ending),
  );
  if (arePlain && names.size > 0 && names.size <= maxShards) return [...names] as string[];
  throw new AudiozooError({
    code: 'model',
    what: `${indexName} lists no shards that can be fetched`,
    expected: `a weight_map to at most ${maxShards} names such as model-00001-of-00002${ending}`,
    got: preview([...names]),
  });
}
