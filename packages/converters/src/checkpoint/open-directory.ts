// A Hugging Face model directory: core reads those with safetensors; here also the older ones, whose
// weights are in `pytorch_model.bin` or its shards.

import { type ByteSource, type FileStore, type JsonObject, openModelDirectory } from '@audiozoo/core';
import {
  type Budget,
  closingOnError,
  mergeShards,
  openShards,
  readJson,
  readPreprocessorConfig,
  type Shard,
  shardsBudget,
} from '@audiozoo/core/plugin';
import { refusal } from '../refusal.js';
import type { Checkpoint, CheckpointTensor } from './checkpoint.js';
import { openCheckpoint } from './open-checkpoint.js';
import { storedCheckpoint } from './stored-checkpoint.js';

export interface OpenDirectory {
  readonly config: JsonObject;
  readonly preprocessorConfig: JsonObject | undefined;
  readonly checkpoint: Checkpoint;
  close(): Promise<void>;
}

const binaryName = 'pytorch_model.bin';
const indexName = `${binaryName}.index.json`;

/** Opens a model directory; where it has no safetensors, with the weights of `pytorch_model.bin` or its shards. */
export async function openDirectory(files: FileStore, signal?: AbortSignal): Promise<OpenDirectory> {
  const binaries = (await hasSafetensors(files)) ? undefined : await openBinaries(files, signal);
  if (!binaries) {
    const { config, preprocessorConfig, weights } = await openModelDirectory(files, { signal });
    const close = () => weights.close();
    const checkpoint = await closingOnError(close, () => storedCheckpoint(weights.tensors, signal));
    return { config, preprocessorConfig, checkpoint, close };
  }
  const close = async () => {
    await Promise.all(binaries.shards.map(({ source }) => source.close()));
  };
  return closingOnError(close, async () => {
    const config = await readJson(files, 'config.json', { signal });
    if (!config) throw refusal(files.name, 'holds pytorch_model.bin, but no config.json to read it by');
    const preprocessorConfig = await readPreprocessorConfig(files, { signal });
    const checkpoint = await readBinaries(binaries, signal);
    return { config, preprocessorConfig, checkpoint, close };
  });
}

interface Binaries {
  readonly shards: readonly Shard[];
  /** Which tensor is in which shard, where there are several; and what is left to spend on them. */
  readonly index?: { readonly weightMap: ReadonlyMap<string, string>; readonly budget: Budget };
}

async function openBinaries(
  files: FileStore,
  signal: AbortSignal | undefined,
): Promise<Binaries | undefined> {
  const source = await files.open(binaryName);
  if (source) return { shards: [{ name: binaryName, source }] };
  const budget = shardsBudget(files.name, signal);
  const opened = await openShards(files, indexName, budget);
  return opened && { shards: opened.shards, index: { weightMap: opened.weightMap, budget } };
}

async function readBinaries(
  { shards, index }: Binaries,
  signal: AbortSignal | undefined,
): Promise<Checkpoint> {
  const checkpoints: Checkpoint[] = [];
  for (const { source } of shards) checkpoints.push(await openCheckpoint(source, { signal }));
  const [first] = checkpoints;
  if (!index) return first!;

  const parts = shards.map(({ name }, place) => ({
    name,
    tensors: behindEachOther(checkpoints[place]!.tensors, shards.slice(0, place)),
  }));
  const total = sizeOf(shards);
  return {
    format: first?.format ?? 'pytorch-zip',
    tensors: await mergeShards(parts, index.weightMap, index.budget),
    async verify({ signal, onProgress } = {}) {
      for (const [place, checkpoint] of checkpoints.entries()) {
        const before = sizeOf(shards.slice(0, place));
        await checkpoint.verify({
          signal,
          onProgress: ({ done }) => onProgress?.({ done: before + done, total, unit: 'bytes' }),
        });
      }
    },
  };
}

/** Tensors in the order of all files: shard after shard. */
function behindEachOther(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  before: readonly Shard[],
): ReadonlyMap<string, CheckpointTensor> {
  const start = sizeOf(before);
  return new Map(
    [...tensors].map(([name, tensor]) => [name, { ...tensor, position: start + tensor.position }]),
  );
}

function sizeOf(shards: readonly { readonly source: ByteSource }[]): number {
  return shards.reduce((sum, { source }) => sum + source.size, 0);
}

async function hasSafetensors(files: FileStore): Promise<boolean> {
  for (const name of ['model.safetensors', 'model.safetensors.index.json']) {
    const source = await files.open(name);
    await source?.close();
    if (source) return true;
  }
  return false;
}
