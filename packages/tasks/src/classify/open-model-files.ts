import type { FileStore } from '@audiozoo/core';
import { type FetchOptions, type FilesLocation, openFiles } from '@audiozoo/core/files';
import type { ModelChoice } from './choose-model.js';
import type { Converters } from './converters.js';

export interface OpenModelFilesOptions extends FetchOptions {
  /** Model plug-ins, or where to load them from, whose published names are taken. */
  readonly models: readonly ModelChoice[];
  /** Converts published checkpoints that are files of other programs: `() => import('@audiozoo/converters')`. */
  readonly converters?: Converters | undefined;
}

/**
 * The files of a model directory: of a folder, an http(s) address, a name that one of the models publishes, or a
 * Hugging Face repository. Throws `file` errors that say what was looked for.
 */
export async function openModelFiles(
  location: FilesLocation,
  options: OpenModelFilesOptions,
): Promise<FileStore> {
  const { models, converters, ...fetchOptions } = options;
  return openFiles(location, {
    ...fetchOptions,
    zoo: async () => (await import('./published.js')).publishedBy(models),
    convert:
      converters &&
      (async (checkpoint, conversion, out) => {
        const { convertPublished } = await import('./published.js');
        return convertPublished(checkpoint, conversion, out, { ...fetchOptions, models, converters });
      }),
  });
}
