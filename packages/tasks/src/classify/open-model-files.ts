import type { AnyModel, FileStore } from '@audiozoo/core';
import {
  type FetchOptions,
  type FilesLocation,
  type OpenFilesOptions,
  openFiles,
} from '@audiozoo/core/files';
import type { Converters } from './converters.js';

export interface OpenModelFilesOptions extends FetchOptions {
  /** Model plug-ins, whose published names are taken. */
  readonly models: readonly AnyModel[];
  /** Converts published checkpoints that are files of other programs: `() => import('@audiozoo/converters')`. */
  readonly converters?: Converters | undefined;
}

/**
 * The files of a model directory: of a folder, an http(s) address, a name that one of the models publishes, or a
 * Hugging Face repository. Throws `file` errors that say what was looked for.
 */
export async function openModelFiles(
  location: FilesLocation,
  { models, converters, ...options }: OpenModelFilesOptions,
): Promise<FileStore> {
  return openFiles(location, {
    ...options,
    async zoo() {
      const lists = models.map(({ zoo = [] }) => (typeof zoo === 'function' ? zoo() : zoo));
      return (await Promise.all(lists)).flat();
    },
    convert: converters && convertBy(converters, models, options),
  });
}

/** Converts published checkpoints that are files of other programs, for `openFiles`. */
function convertBy(
  converters: Converters,
  models: readonly AnyModel[],
  { signal, onProgress }: Pick<FetchOptions, 'signal' | 'onProgress'>,
): NonNullable<OpenFilesOptions['convert']> {
  return async (checkpoint, conversion, out) => {
    const { convertCheckpoint, memoryDirectory, directorySink } = await converters();
    const inMemory = out === undefined ? memoryDirectory(checkpoint.name) : undefined;
    await convertCheckpoint(checkpoint, {
      ...conversion,
      models,
      output: (inMemory ?? directorySink!(out!)) as never,
      signal,
      onProgress: (progress) => onProgress?.({ from: 'checkpoint', file: checkpoint.name, ...progress }),
    });
    return inMemory;
  };
}
