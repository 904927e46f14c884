// Files that were fetched once, kept in the browser's origin private file system. Not in Cache Storage,
// which holds a body that passes through JavaScript in memory until all of it is there; here batch after
// batch goes to disk, what is written appears only when it is whole, and a File reads ranges from disk.
//
// Each file has a description beside it, written behind it and removed before it is replaced: without one
// there is no file.

import { AudiozooError } from '../errors.js';
import { writeAll } from './byte-stream.js';

/** What tells one version of a file on a server from another. */
export interface Version {
  readonly size: number | undefined;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

export interface KeptFile {
  readonly file: File;
  readonly version: Version;
  /** 64 hexadecimal digits, if it was checked. */
  readonly sha256: string | undefined;
}

export interface DownloadCache {
  find(url: URL): Promise<KeptFile | undefined>;
  /** Keeps what `pieces` give, all or nothing, in place of what was kept for this URL. */
  keep(url: URL, pieces: AsyncIterable<Uint8Array>, about: Omit<KeptFile, 'file'>): Promise<File>;
  remove(url: URL): Promise<void>;
}

const folderName = 'audiozoo';

/** The cache, or undefined where there is none: Node, pages without HTTPS, some private windows. */
export async function openDownloadCache(): Promise<DownloadCache | undefined> {
  const folder = await openFolder();
  if (!folder) return undefined;

  const remove = async (name: string) => {
    await folder.removeEntry(name).catch(ifMissing);
  };
  return {
    async find(url) {
      const name = await nameOf(url);
      const description = await readText(folder, `${name}.json`);
      const file = description === undefined ? undefined : await openFile(folder, name);
      if (description === undefined || !file) return undefined;
      const { version, sha256 } = JSON.parse(description) as Omit<KeptFile, 'file'>;
      return file.size === version.size ? { file, version, sha256 } : undefined;
    },

    async keep(url, pieces, { version, sha256 }) {
      const name = await nameOf(url);
      const descriptionName = `${name}.json`;
      try {
        // What was kept before stays until all of the new version is there.
        await write(folder, name, pieces, () => remove(descriptionName));
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
      const file = await openFile(folder, name);
      const description = { url: url.href, version: { ...version, size: file!.size }, sha256 };
      await write(folder, descriptionName, onePiece(new TextEncoder().encode(JSON.stringify(description))));
      return file!;
    },

    async remove(url) {
      const name = await nameOf(url);
      await remove(`${name}.json`);
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

async function readText(folder: FileSystemDirectoryHandle, name: string): Promise<string | undefined> {
  const text = await (await openFile(folder, name))?.text();
  return text || undefined; // empty: its writing was cut off
}

async function write(
  folder: FileSystemDirectoryHandle,
  name: string,
  pieces: AsyncIterable<Uint8Array>,
  beforeItAppears?: () => Promise<void>,
): Promise<void> {
  const handle = await folder.getFileHandle(name, { create: true });
  await writeAll(await handle.createWritable(), pieces, beforeItAppears);
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function ifMissing(error: Error): undefined {
  if (error.name !== 'NotFoundError') throw error;
}
