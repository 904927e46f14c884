// Which files of a Hugging Face repository make a model directory.

import { AudiozooError, parseJsonObject, preview } from '@audiozoo/core';
import { type DownloadedFile, type DownloadOptions, downloadFile } from './download-file.js';
import { downloadText, type TextOptions } from './download-text.js';
import {
  commitOf,
  explainRefusal,
  fileUrl,
  type HuggingFaceHub,
  isNotThere,
  promisedFile,
} from './hugging-face.js';
import type { Staging } from './staging.js';

export interface Repository {
  /** The commit, where the hub tells it. */
  readonly revision: string;
  /** Small files by name. */
  readonly texts: Map<string, string>;
  /** Address of a file at that revision. */
  address(name: string): URL;
}

const indexName = 'model.safetensors.index.json';
const maxShards = 1000;

/** Reads config.json and preprocessor_config.json. All that comes later is of the same commit. */
export async function readRepository(
  { hub, repository, revision }: { hub: HuggingFaceHub; repository: string; revision: string },
  options: TextOptions,
): Promise<Repository> {
  const at = (revision: string) => (name: string) => fileUrl(hub, repository, revision, name);
  const { text, headers } = await downloadText(at(revision)('config.json'), options).catch((error) => {
    throw explainRefusal(error, repository, revision);
  });
  const commit = commitOf(headers) ?? revision;
  const texts = new Map([['config.json', text]]);
  const address = at(commit);
  await addText('preprocessor_config.json', address, texts, options);
  return { revision: commit, texts, address };
}

/**
 * Downloads the weights: in one safetensors file, in shards, or in PyTorch's own format, whichever is there
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

  const whole = await ifThere('model.safetensors');
  if (whole) return whole;
  await addText(indexName, address, texts, options);
  const index = texts.get(indexName);
  if (index !== undefined) {
    const files: DownloadedFile[] = [];
    for (const name of shardNames(index)) files.push(await download(name));
    return files;
  }
  const pickled = await ifThere('pytorch_model.bin');
  if (pickled) return pickled;
  throw new AudiozooError({
    code: 'file',
    what: 'the repository holds no weights that can be read',
    expected: `model.safetensors, ${indexName} or pytorch_model.bin`,
  });
}

async function addText(
  name: string,
  address: Repository['address'],
  texts: Map<string, string>,
  options: TextOptions,
): Promise<void> {
  try {
    texts.set(name, (await downloadText(address(name), options)).text);
  } catch (error) {
    if (!isNotThere(error)) throw error;
  }
}

/** The files that an index lists. Their names become addresses and paths, so they must be plain. */
function shardNames(text: string): readonly string[] {
  const { weight_map: map } = parseJsonObject(text, indexName);
  const names = new Set(typeof map === 'object' && map !== null ? Object.values(map) : []);
  const arePlain = [...names].every(
    (name): name is string => typeof name === 'string' && /^\w[\w.-]{0,99}\.safetensors$/.test(name),
  );
  if (arePlain && names.size > 0 && names.size <= maxShards) return [...names] as string[];
  throw new AudiozooError({
    code: 'model',
    what: `${indexName} lists no shards that can be fetched`,
    expected: `a weight_map to at most ${maxShards} names such as model-00001-of-00002.safetensors`,
    got: preview([...names]),
  });
}
