// Folders that appear under their names whole or not at all: made beside, then renamed.

import { rename, rm, rmdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { checkFolderIsFree } from './free-folder.js';
import { makeFolder } from './make-folder.js';
import { notWritable } from './not-writable.js';
import { partialPath } from './partial.js';

/** A folder while it is made, under another name than it will have. */
export interface PartialFolder {
  readonly path: string;
  /** Gives it its name. */
  commit(): Promise<void>;
  /** Removes it, and the folders above that were made for it, as far as nothing else has moved in. After `commit` it does nothing. */
  abort(): Promise<void>;
}

/**
 * Begins the folder that is to be `target`, and makes those above it that are missing. Throws `file` errors where something
 * is there already, and where nothing can be written.
 */
export async function openPartialFolder(target: string): Promise<PartialFolder> {
  const place = resolve(target);
  await checkFolderIsFree(place);
  const path = await partialPath(place);
  const firstMade = await makeFolder(path).catch(notWritable(place));
  let isOpen = true;
  return {
    path,
    async commit() {
      await checkFolderIsFree(place);
      await rmdir(place).catch(() => {}); // Windows does not rename onto an empty folder
      await rename(path, place).catch(notWritable(place));
      isOpen = false;
    },
    async abort() {
      if (!isOpen) return;
      isOpen = false;
      await rm(path, { recursive: true, force: true });
      if (firstMade === undefined || firstMade === path) return;
      for (let folder = dirname(place); folder.startsWith(firstMade); folder = dirname(folder)) {
        const removed = await rmdir(folder).then(
          () => true,
          () => false,
        );
        if (!removed) return;
      }
    },
  };
}
