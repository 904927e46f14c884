// A model directory on disk. It is written into a hidden folder beside its final place and renamed, so
// that nobody ever sees half of it.

import { basename, join, resolve } from 'node:path';
import { fileSink, openPartialFolder, type PartialFolder } from '@audiozoo/core/disk';
import type { ModelDirectorySink } from './model-directory-sink.js';

/** A sink that makes the folder `path`. Refuses, with a `file` error, a place where something already is. */
export function directorySink(path: string): ModelDirectorySink {
  const target = resolve(path);
  let folder: PartialFolder | undefined; // from the first file on

  return {
    async create(name) {
      folder ??= await openPartialFolder(target);
      return fileSink(join(folder.path, basename(name)), target);
    },
    async commit() {
      await folder?.commit();
      folder = undefined;
    },
    async abort() {
      const left = folder;
      folder = undefined;
      await left?.abort();
    },
  };
}
