// The hidden folder beside `--out` where downloads come in. It stays when they break off, so that the next
// try goes on; what is of another source is thrown away. `out` appears whole, by a rename.

import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { checkFolderIsFree } from '@audiozoo/converters';
import { refusal } from './failure.js';

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
  try {
    await mkdir(parts, { recursive: true });
    await lock(join(parts, 'lock'));
    if ((await readFile(sourcePath, 'utf8').catch(() => '')) !== source) {
      for (const name of await readdir(parts)) {
        if (name !== 'lock') await rm(join(parts, name), { recursive: true });
      }
      await writeFile(sourcePath, source);
    }
    await mkdir(files, { recursive: true });
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw refusal({ what: `${target} cannot be written`, got: String(cause), cause });
  }
  return {
    parts,
    files,
    async commit() {
      await checkFolderIsFree(target);
      await rmdir(target).catch(() => {}); // Windows does not rename onto an empty folder
      await rename(files, target);
    },
    async close({ keep }) {
      const bytes = keep ? (await bytesIn(parts, '.partial')) + (await bytesIn(files, '')) : 0;
      await rm(bytes > 0 ? join(parts, 'lock') : parts, { recursive: true, force: true });
      return bytes;
    },
  };
}

async function bytesIn(folder: string, ending: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = names
    .filter((name) => name.endsWith(ending))
    .map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Two processes that write the same files would spoil them. A lock whose owner is gone is taken over. */
async function lock(path: string): Promise<void> {
  for (;;) {
    try {
      const handle = await open(path, 'wx');
      await handle.write(String(process.pid));
      await handle.close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(await readFile(path, 'utf8').catch(() => ''));
    if (owner > 0 && owner !== process.pid && isRunning(owner)) {
      throw refusal({
        what: 'another process is downloading to the same folder',
        got: `process ${owner}`,
        mend: `Wait for it. If it is none of audiozoo, remove ${path}.`,
      });
    }
    await rm(path, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
