// Files in a browser. Same names as in node.ts; a package's export condition chooses.

import { checkOptions } from '../checks/options.js';
import { AudiozooError } from '../errors.js';
import type { FileStore } from '../model-directory/model-directory.js';
import { type ByteSource, blobSource } from './byte-source.js';
import { fetchedFiles, httpUrl, openFetched } from './fetched-files.js';
import { fileListStore } from './file-list.js';
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

/** Opens one file for reading by range: a Blob, or over HTTP. Throws a `file` error when it is not there. */
export async function openFile(file: string | URL | Blob, options: FetchOptions = {}): Promise<ByteSource> {
  checkOptions('openFile', options, fetchOptionKinds);
  checkFileLocation(file);
  if (file instanceof Blob) return blobSource(file);
  return openFetched(pageUrl(file), options);
}

/**
 * The files at a location, by name: a folder on a server, files or a folder that a person chose or dropped.
 * Nothing is fetched yet; `open` throws `file` errors.
 */
export async function openFiles(location: FilesLocation, options: FetchOptions = {}): Promise<FileStore> {
  checkOptions('openFiles', options, fetchOptionKinds);
  checkFilesLocation(location);
  if (typeof location === 'string' || location instanceof URL)
    return fetchedFiles(pageUrl(location), options);
  return isFolderHandle(location) ? folderHandleStore(location) : fileListStore(location);
}

/** Relative addresses start from the page, or from a worker's script. */
function pageUrl(location: string | URL): URL {
  const { document } = globalThis as { document?: Document };
  const url = httpUrl(location, document?.baseURI ?? globalThis.location?.href);
  if (url) return url;
  throw new AudiozooError({
    code: 'argument',
    what: `${location} cannot be opened in a browser`,
    expected: 'an http or https address, or File objects',
    hint: 'Put the files on a server, or pass those that a person chose or dropped.',
  });
}
