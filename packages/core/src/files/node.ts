// Files and folders in Node, behind the same interfaces as Blobs in a browser.

import { stat } from 'node:fs/promises';
import { checkOptions } from '../checks/options.js';
import { AudiozooError } from '../errors.js';
import { diskPlace } from '../network/disk-store.js';
import { fetchedFiles, httpUrl, type Network, openFetched } from '../network/fetched-files.js';
import { createNodeSha256 } from '../network/node-sha256.js';
import { type ByteSource, blobSource } from './byte-source.js';
import { checkFileLocation, checkFilesLocation } from './check-location.js';
import { openDiskFile } from './disk-file.js';
import { fileListStore } from './file-list.js';
import type { FileStore } from './file-store.js';
import { openFolder } from './folder.js';
import { folderHandleStore, isFolderHandle } from './folder-handle.js';
import {
  type FetchOptions,
  type FilesLocation,
  fetchOptionKinds,
  type OpenFilesOptions,
  openFilesOptionKinds,
} from './location.js';

export { forgetDownloads } from '../network/disk-store.js';
export type { FileProgress } from '../network/fetched-file.js';
export { checkFilesLocation } from './check-location.js';
export { droppedFiles } from './dropped-files.js';
export * from './location.js';

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

/**
 * The files at a location, by name. A folder that is there counts more than a published name, and that more than a
 * Hugging Face repository. Throws a `file` error that says what was looked for, and what was perhaps meant.
 */
export async function openFiles(location: FilesLocation, options: OpenFilesOptions = {}): Promise<FileStore> {
  checkOptions('openFiles', options, openFilesOptionKinds);
  checkFilesLocation(location);
  if (typeof location !== 'string' && !(location instanceof URL)) {
    return isFolderHandle(location) ? folderHandleStore(location) : fileListStore(location);
  }
  const url = httpUrl(location);
  if (url) return fetchedFiles(url, network, options);
  const status = await stat(location).catch(() => undefined);
  if (status?.isDirectory()) return openFolder(location);
  const { notFolder, openNamed } = await import('../network/named-model.js');
  if (status) throw await notFolder(location, options);
  return openNamed(location, network, options);
}
