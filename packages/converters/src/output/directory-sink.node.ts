// A model directory on disk. It is written into a hidden folder beside its final place and renamed, so
// that nobody ever sees half of it.

import { rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { checkFolderIsFree, fileSink, makeFolder, notWritable, partialPath } from '@audiozoo/core/disk';
import type { ModelDirectorySink } from './model-directory-sink.js';

/** A sink that makes the folder `path`. Refuses, with a `file` error, a place where something already is. */
export function directorySink(path: string): ModelDirectorySink {
  const target = resolve(path);
  const parent = dirname(target);
  let firstCreated: string | undefined; // topmost folder that was made for this
  let partial: string | undefined; // while there is one

  const begin = async () => {
    await checkFolderIsFree(target);
    const path = await partialPath(target);
    firstCreated = await makeFolder(path).catch(notWritable(target));
    partial = path;
    return path;
  };

  return {
    async create(name) {
      return fileSink(join(partial ?? (await begin()), basename(name)), target);
    },
    async commit() {
      await checkFolderIsFree(target);
      await rmdir(target).catch(() => {}); // Windows does not rename onto an empty folder
      if (partial !== undefined) await rename(partial, target).catch(notWritable(target));
      partial = undefined;
    },
    async abort() {
      if (partial === undefined) return;
      const path = partial;
      partial = undefined;
      await rm(path, { recursive: true, force: true });
      // Parents that were made for this go too, as far as nothing else has moved in.
      if (firstCreated === undefined || firstCreated === path) return;
      for (let folder = parent; folder.startsWith(firstCreated); folder = dirname(folder)) {
        const removed = await rmdir(folder).then(
          () => true,
          () => false,
        );
        if (!removed) return;
      }
    },
  };
}
