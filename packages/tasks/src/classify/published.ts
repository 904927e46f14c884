// What models publish: pages that go by an address alone fetch none of this.

import type { ByteSource, ConversionOptions, FileStore, ZooEntry } from '@audiozoo/core';
import type { FetchOptions } from '@audiozoo/core/files';
import { loadedPlugins, type ModelChoice } from './choose-model.js';
import type { Converters } from './converters.js';

interface ConvertPublishedOptions extends Pick<FetchOptions, 'signal' | 'onProgress'> {
  readonly models: readonly ModelChoice[];
  readonly converters: Converters;
}

/** The checkpoints that models publish. */
export async function publishedBy(models: readonly ModelChoice[]): Promise<readonly ZooEntry[]> {
  const lists = (await loadedPlugins(models)).map(({ zoo = [] }) =>
    typeof zoo === 'function' ? zoo() : zoo,
  );
  return (await Promise.all(lists)).flat();
}

/** Converts a checkpoint, which is a file of another program, into the folder `out`, or where there is none into memory, which is returned. */
export async function convertPublished(
  checkpoint: ByteSource,
  conversion: ConversionOptions | undefined,
  out: string | undefined,
  { converters, models, signal, onProgress }: ConvertPublishedOptions,
): Promise<FileStore | undefined> {
  const { convertCheckpoint, memoryDirectory, directorySink } = await converters();
  const inMemory = out === undefined ? memoryDirectory(checkpoint.name) : undefined;
  await convertCheckpoint(checkpoint, {
    ...conversion,
    models: await loadedPlugins(models),
    output: (inMemory ?? directorySink!(out!)) as never,
    signal,
    onProgress: (progress) => onProgress?.({ from: 'checkpoint', file: checkpoint.name, ...progress }),
  });
  return inMemory;
}
