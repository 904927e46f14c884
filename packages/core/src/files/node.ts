// Files and folders in Node, behind the same interfaces as Blobs in a browser.

import { type BigIntStats, constants, type Stats } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOptions } from '../checks/options.js';
import { stampOf } from '../disk/file-stamp.js';
import { AudiozooError } from '../errors.js';
import type { FileStore } from '../model-directory/model-directory.js';
import { type ByteSource, blobSource, checkRange } from './byte-source.js';
import { fetchedFiles, httpUrl, openFetched } from './fetched-files.js';
import { fileListStore } from './file-list.js';
import { checkFileName } from './file-name.js';
import { folderHandleStore, isFolderHandle } from './folder-handle.js';
import {
  checkFileLocation,
  checkFilesLocation,
  type FetchOptions,
  type FilesLocation,
  fetchOptionKinds,
} from './location.js';

export { forgetDownloads } from './download-cache.js';
export { droppedFiles } from './dropped-files.js';
export {
  checkFilesLocation,
  type FetchOptions,
  type FileProgress,
  type FilesLocation,
  fetchOptionKinds,
} from './location.js';

/** Opens one file for reading by range: from disk, or over HTTP. Throws a `file` error when it is not there. */
export async function openFile(path: string | URL | Blob, options: FetchOptions = {}): Promise<ByteSource> {
  checkOptions('openFile', options, fetchOptionKinds);
  checkFileLocation(path);
  if (path instanceof Blob) return blobSource(path);
  const url = httpUrl(path);
  if (url) return openFetched(url, options);
  const source = await openIfThere(path);
  if (source) return source;
  throw new AudiozooError({
    code: 'file',
    what: `${path} is not there`,
    expected: 'a file',
    hint: 'Check the path.',
  });
}

/** The files at a location, by name. Throws a `file` error when a path is not a folder. */
export async function openFiles(location: FilesLocation, options: FetchOptions = {}): Promise<FileStore> {
  checkOptions('openFiles', options, fetchOptionKinds);
  checkFilesLocation(location);
  if (typeof location !== 'string' && !(location instanceof URL)) {
    return isFolderHandle(location) ? folderHandleStore(location) : fileListStore(location);
  }
  const url = httpUrl(location);
  if (url) return fetchedFiles(url, options);
  // Hugging Face's cache is made of symlinks, and onnxruntime refuses those: go to the real folder.
  const folder = await realpath(location).catch(() => undefined);
  if (folder === undefined || !(await stat(folder)).isDirectory()) {
    throw new AudiozooError({
      code: 'file',
      what: `${location} is not a folder`,
      expected: 'a model directory',
      hint: 'Name a folder that `audiozoo convert` wrote, or one downloaded from Hugging Face.',
    });
  }
  return {
    name: String(location),
    async open(name) {
      checkFileName(name);
      return openIfThere(join(folder, name));
    },
  };
}

async function openIfThere(location: string | URL): Promise<ByteSource | undefined> {
  const opened = await openRegular(location);
  if (!opened) return undefined;
  const { path, handle, size, stamp } = opened;
  const source: ByteSource = {
    name: String(location),
    size,
    path,
    stamp,
    async read(offset, length) {
      checkRange(source, offset, length);
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) checkRange({ ...source, size: offset + filled }, offset, length);
        filled += bytesRead;
      }
      return bytes;
    },
    async close() {
      await handle.close();
    },
  };
  return source;
}

/**
 * A file that is one, open for reading. A pipe would keep whoever opens it waiting, and a device may never end: they
 * are refused before they are opened, or when they came in between.
 */
async function openRegular(
  location: string | URL,
): Promise<{ path: string; handle: FileHandle; size: number; stamp: string } | undefined> {
  try {
    checkRegular(location, await stat(location));
    const path = await realpath(location);
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)); // Windows has none
    try {
      const status = await handle.stat({ bigint: true });
      checkRegular(location, status);
      return { path, handle, size: Number(status.size), stamp: stampOf(status) };
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (cause) {
    if (AudiozooError.isInstance(cause)) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new AudiozooError({
      code: 'file',
      what: `${location} cannot be opened`,
      got: String(cause),
      cause,
    });
  }
}

function checkRegular(location: string | URL, status: Stats | BigIntStats): void {
  if (status.isFile()) return;
  const got = status.isDirectory() ? 'a folder' : status.isFIFO() ? 'a pipe' : 'a device or socket';
  throw new AudiozooError({
    code: 'file',
    what: `${location} is not a file`,
    expected: 'a file',
    got,
    ...(!status.isDirectory() && { hint: 'Write what comes from it to a file, and name that.' }),
  });
}
