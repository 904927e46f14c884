// The hidden folder beside the one that is asked for where downloads come in. It stays when they break off, so that the next
// try goes on; what is of another source is thrown away. `out` appears whole, by a rename.

import { readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { lockFolder, lockName } from './folder-lock.js';
import { checkFolderIsFree } from './free-folder.js';
import { makeFolder } from './make-folder.js';
import { notWritable } from './not-writable.js';
import { sweep } from './partial.js';

export interface Staging {
  /** Folder of what is still coming. */
  readonly parts: string;
  /** Folder of what has come whole. */
  readonly files: string;
  /** Makes `files` the folder `out`. */
  commit(): Promise<void>;
  /** Ends the work. With `keep`, returns how many bytes stay for the next try; if there are none, nothing stays. */
  close(options: { readonly keep: boolean }): Promise<number>;
}

/**
 * Opens the staging folder of `out`. `source` says what comes, its version included. Throws `file` errors
 * when something is at `out`, when nothing can be written there, and while another process does this.
 */
export async function openStaging(out: string, source: string): Promise<Staging> {
  const target = resolve(out);
  await checkFolderIsFree(target);
  const parts = join(dirname(target), `.${basename(target)}.partial`);
  const files = join(parts, 'files');
  const sourcePath = join(parts, 'source.txt');
  await sweep(dirname(target));
  // Two processes that write the same files would spoil them.
  const unlock = await lockFolder(parts, 'downloading to').catch(notWritable(target));
  const kept = async () => (await bytesIn(parts, '.partial')) + (await bytesIn(files, ''));
  const end = async (isKept: boolean) => {
    if (!isKept) await clear(parts);
    await unlock();
    if (!isKept) await rmdir(parts).catch(() => {}); // the next owner may be there already
  };
  try {
    await checkFolderIsFree(target); // the last owner may just have made it
    if ((await readFile(sourcePath, 'utf8').catch(() => '')) !== source) {
      await clear(parts);
      await writeFile(sourcePath, source);
    }
    await sweep(parts);
    await makeFolder(files);
  } catch (cause) {
    await end((await kept()) > 0);
    return notWritable(target)(cause);
  }
  return {
    parts,
    files,
    async commit() {
      await checkFolderIsFree(target);
      await rmdir(target).catch(() => {}); // Windows does not rename onto an empty folder
      await rename(files, target).catch(notWritable(target));
    },
    async close({ keep }) {
      const bytes = keep ? await kept() : 0;
      await end(bytes > 0);
      return bytes;
    },
  };
}

/** Removes all but the lock. */
async function clear(parts: string): Promise<void> {
  for (const name of await readdir(parts)) {
    if (name !== lockName) await rm(join(parts, name), { recursive: true, force: true });
  }
}

async function bytesIn(folder: string, ending: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = names
    .filter((name) => name.endsWith(ending))
    .map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
