// Files that appear under their names whole or not at all: made beside, then renamed.

import { constants, copyFile, link, rename, rm } from 'node:fs/promises';
import { notWritable } from './not-writable.js';
import { partialPath } from './partial.js';

/**
 * Makes the file `target`, which `write` gets another name for until it is whole. After a failure nothing is left, and a
 * file that was there is as it was. Errors name `named`, what the caller asked for.
 */
export async function writeWhole(
  target: string,
  write: (partial: string) => Promise<unknown>,
  named = target,
): Promise<void> {
  const partial = await partialPath(target);
  try {
    await write(partial);
    await rename(partial, target).catch(notWritable(named));
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** What systems say where a disk has no hard links: FAT, some network disks. */
const withoutLinks = new Set(['EPERM', 'EMLINK', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV']);

/**
 * The same, unless the file is there, or another process makes it first. Returns whether this one has made it. On disks
 * without hard links a copy makes the file, which is there before it is whole.
 */
export async function writeFirst(
  target: string,
  write: (partial: string) => Promise<unknown>,
): Promise<boolean> {
  const partial = await partialPath(target);
  try {
    await write(partial);
    await link(partial, target).catch((error: NodeJS.ErrnoException) => {
      if (!withoutLinks.has(error.code ?? '')) throw error;
      return copyFile(partial, target, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    return notWritable(target)(error);
  } finally {
    await rm(partial, { force: true });
  }
}
