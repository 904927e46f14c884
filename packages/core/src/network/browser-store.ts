// Files that were fetched once, kept in the browser's origin private file system. Not in Cache Storage,
// which holds a body that passes through JavaScript in memory until all of it is there; here batch after
// batch goes to disk, what is written appears only when it is whole, and a File reads ranges from disk.
//
// Each file has a description beside it, written behind it and removed before it is replaced: without one
// there is no file.

import { AudiozooError } from '../errors.js';
import { blobSource } from '../files/byte-source.js';
import type { KeptFile, Place } from './draft.js';
import { batchedDraft, memoryPlace } from './memory-place.js';

const folderName = 'audiozoo';

/** Where a file of this address is kept: nowhere in pages without HTTPS, and in some private windows. */
export async function browserPlace(url: URL): Promise<Place> {
  const folder = await openFolder();
  if (!folder) return memoryPlace;
  const name = await nameOf(url);
  const descriptionName = `${name}.json`;
  const remove = (name: string) => folder.removeEntry(name).catch(ifMissing);

  return {
    async find() {
      const description = await (await openFile(folder, descriptionName))?.text();
      const file = description ? await openFile(folder, name) : undefined; // empty: its writing was cut off
      if (!description || !file) return undefined;
      const { version, sha256 } = JSON.parse(description) as Omit<KeptFile, 'source'>;
      return file.size === version.size ? { source: blobSource(file), version, sha256 } : undefined;
    },

    async keep({ version: { sha256, ...version } }, fill) {
      try {
        // What was kept before stays until all of the new version is there.
        await write(folder, name, async (file) => {
          const { draft, flush } = batchedDraft(
            (batch) => file.write(batch),
            async () => {
              await file.truncate(0);
              await file.seek(0);
            },
          );
          await fill(draft);
          await flush();
          await remove(descriptionName);
        });
      } catch (error) {
        // A browser makes an empty file at once.
        if (!(await openFile(folder, descriptionName))) await remove(name);
        if ((error as Error).name !== 'QuotaExceededError') throw error;
        throw new AudiozooError({
          code: 'file',
          what: `${url} does not fit into the storage that the browser allows`,
          hint: 'Free some space, or load without keeping the files: `cache: false`.',
          cause: error,
        });
      }
      const file = (await openFile(folder, name))!;
      const description = { url: url.href, version: { ...version, size: file.size }, sha256 };
      await write(folder, descriptionName, (text) => text.write(JSON.stringify(description)));
      return blobSource(file);
    },

    async remove() {
      await remove(descriptionName);
      await remove(name);
    },
  };
}

/** Removes everything that was kept from earlier downloads. */
export async function forgetDownloads(): Promise<void> {
  const root = await originFolder();
  await root?.removeEntry(folderName, { recursive: true }).catch(ifMissing);
}

async function openFolder(): Promise<FileSystemDirectoryHandle | undefined> {
  // Safari before 26 has such files, but not this way to write them, the only one that is all or nothing.
  if (!('FileSystemFileHandle' in globalThis && 'createWritable' in FileSystemFileHandle.prototype))
    return undefined;
  return (await originFolder())?.getDirectoryHandle(folderName, { create: true });
}

/** Private windows of some browsers have the function, but refuse. */
async function originFolder(): Promise<FileSystemDirectoryHandle | undefined> {
  const { navigator } = globalThis as { navigator?: Partial<Navigator> };
  return navigator?.storage?.getDirectory?.().catch(() => undefined);
}

/** URLs do not fit into file names; their hash does. */
async function nameOf(url: URL): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(url.href));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function openFile(folder: FileSystemDirectoryHandle, name: string): Promise<File | undefined> {
  const handle = await folder.getFileHandle(name).catch(ifMissing);
  return handle?.getFile();
}

/** Writes a file, which takes its bytes when the last is there; otherwise it stays as it was. */
async function write(
  folder: FileSystemDirectoryHandle,
  name: string,
  fill: (file: FileSystemWritableFileStream) => Promise<void>,
): Promise<void> {
  const file = await (await folder.getFileHandle(name, { create: true })).createWritable();
  try {
    await fill(file);
    await file.close();
  } catch (error) {
    await file.abort().catch(() => undefined);
    throw error;
  }
}

function ifMissing(error: Error): undefined {
  if (error.name !== 'NotFoundError') throw error;
}
