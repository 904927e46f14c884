// Files that were fetched once, kept on this machine's disk: each under the hash of its address, with a description
// beside it, which is written behind it and removed before it is replaced. Without one there is no file.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { waitForFolder } from '../disk/folder-lock.js';
import { notWritable } from '../disk/not-writable.js';
import { partialPath, sweep } from '../disk/partial.js';
import { writeWhole } from '../disk/whole-file.js';
import { openDiskFile } from '../files/disk-file.js';
import { writeOnDisk } from './disk-draft.js';
import type { DraftVersion, KeptFile, Place } from './draft.js';
import { sameVersion } from './version.js';

/** Where audiozoo keeps what can be fetched or made again: `AUDIOZOO_CACHE`, or a folder among the user's caches. */
export function cacheFolder(): string {
  const { AUDIOZOO_CACHE, XDG_CACHE_HOME } = process.env;
  return AUDIOZOO_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'audiozoo');
}

const filesFolder = () => join(cacheFolder(), 'files');

/** Where a file of this address is kept. */
export function diskPlace(url: URL): Place {
  const folder = filesFolder();
  const name = createHash('sha256').update(url.href).digest('hex');
  const path = join(folder, name);
  const find = async (): Promise<KeptFile | undefined> => {
    const text = await readFile(`${path}.json`, 'utf8').catch(() => '');
    const source = text && (await openDiskFile(path));
    if (!source) return undefined;
    const { version, sha256 } = JSON.parse(text) as Omit<KeptFile, 'source'>;
    return source.size === version.size ? { source, version, sha256 } : undefined;
  };
  /** What another process has brought meanwhile. */
  const findSame = async ({ sha256, ...version }: DraftVersion) => {
    const kept = await find();
    const isKnown = kept?.version.etag !== undefined || kept?.version.lastModified !== undefined;
    if (kept && isKnown && sameVersion(kept.version, version) && (!sha256 || sha256 === kept.sha256)) {
      return kept.source;
    }
    await kept?.source.close();
    return undefined;
  };
  return {
    find,
    async keep({ version: expected, signal }, fill) {
      return alone(join(folder, `.${name}.partial`), signal, async (work) => {
        const same = await findSame(expected);
        if (same) return same;
        let sha256: string | undefined;
        await writeOnDisk(join(work, 'file'), path, async (draft) => {
          sha256 = await fill(draft);
          await rm(`${path}.json`, { force: true });
        });
        const source = (await openDiskFile(path))!;
        const { sha256: _, ...version } = expected;
        const description = { url: url.href, version: { ...version, size: source.size }, sha256 };
        await writeText(`${path}.json`, JSON.stringify(description));
        return source;
      });
    },
    async remove() {
      await rm(`${path}.json`, { force: true });
      await rm(path, { force: true });
    },
  };
}

/** Removes everything that was kept from earlier downloads. Hugging Face's cache is not ours to remove. */
export async function forgetDownloads(): Promise<void> {
  await rm(filesFolder(), { recursive: true, force: true });
}

/**
 * Works in the folder `work`, as the only process: others of this machine wait. What a draft has left there stays for
 * the next. While a process of another machine works there, a folder of one's own does.
 */
export async function alone<T>(
  work: string,
  signal: AbortSignal | undefined,
  use: (work: string) => Promise<T>,
): Promise<T> {
  const refuse = notWritable(work);
  await sweep(join(work, '..'));
  const unlock = await waitForFolder(work, signal).catch(refuse);
  const folder = unlock ? work : await partialPath(work);
  if (!unlock) await mkdir(folder).catch(refuse);
  try {
    await sweep(folder); // of who was killed while it asked for the lock
    return await use(folder);
  } finally {
    if (unlock) {
      if (!existsSync(join(folder, 'file.partial')))
        await rm(join(folder, 'file.version.json'), { force: true });
      await unlock();
      await rmdir(folder).catch(() => {}); // something is left, or the next owner is there already
    } else await rm(folder, { recursive: true, force: true });
  }
}

/** Writes a small file, whole or not at all. */
export function writeText(path: string, text: string): Promise<void> {
  return writeWhole(path, (partial) => writeFile(partial, text).catch(notWritable(path)));
}
