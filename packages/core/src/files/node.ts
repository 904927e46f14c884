// Files and folders in Node, behind the same interfaces as Blobs in a browser.

import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOptions } from '../checks/options.js';
import { AudiozooError } from '../errors.js';
import { diskPlace } from '../network/disk-store.js';
import { fetchedFiles, httpUrl, type Network, openFetched } from '../network/fetched-files.js';
import { createNodeSha256 } from '../network/node-sha256.js';
import { type ByteSource, blobSource } from './byte-source.js';
import { openDiskFile } from './disk-file.js';
import { fileListStore } from './file-list.js';
import { checkFileName } from './file-name.js';
import type { FileStore } from './file-store.js';
import { folderHandleStore, isFolderHandle } from './folder-handle.js';
import {
  checkFileLocation,
  checkFilesLocation,
  type FetchOptions,
  type FilesLocation,
  fetchOptionKinds,
} from './location.js';

export { forgetDownloads } from '../network/disk-store.js';
export type { FileProgress } from '../network/fetched-file.js';
export { droppedFiles } from './dropped-files.js';
export {
  checkFilesLocation,
  type FetchOptions,
  type FilesLocation,
  fetchOptionKinds,
} from './location.js';

const network: Network = {
  place: async (url) => diskPlace(url),
  createSha256: async () => createNodeSha256,
};

/** Opens one file for reading by range: from disk, or over HTTP. Throws a `file` error when it is not there. */
export async function openFile(path: string | URL | Blob, options: FetchOptions = {}): Promise<ByteSource> {
  checkOptions('openFile', options, fetchOptionKinds);
  checkFileLocation(path);
  if (path instanceof Blob) return blobSource(path);
  const url = httpUrl(path);
  if (url) return openFetched(url, network, options);
  const source = await openDiskFile(path);
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
  if (url) return fetchedFiles(url, network, options);
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
      return openDiskFile(join(folder, name));
    },
  };
}
