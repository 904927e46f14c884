// Files in a browser. Same names as in node.ts; a package's export condition chooses.

import { checkOptions } from '../checks/options.js';
import { AudiozooError } from '../errors.js';
import { browserPlace } from '../network/browser-store.js';
import { fetchedFiles, httpUrl, type Network, openFetched } from '../network/fetched-files.js';
import { type ByteSource, blobSource } from './byte-source.js';
import { checkFileLocation, checkFilesLocation } from './check-location.js';
import { fileListStore } from './file-list.js';
import type { FileStore } from './file-store.js';
import { folderHandleStore, isFolderHandle } from './folder-handle.js';
import {
  type FetchOptions,
  type FilesLocation,
  fetchOptionKinds,
  type OpenFilesOptions,
  openFilesOptionKinds,
} from './location.js';

export { forgetDownloads } from '../network/browser-store.js';
export type { FileProgress } from '../network/fetched-file.js';
export { checkFilesLocation } from './check-location.js';
export { droppedFiles } from './dropped-files.js';
export * from './location.js';

const network: Network = {
  place: browserPlace,
  async createSha256(isNeeded) {
    return isNeeded ? (await import('../network/sha256.js')).createSha256 : undefined;
  },
};

/** Opens one file for reading by range: a Blob, or over HTTP. Throws a `file` error when it is not there. */
export async function openFile(file: string | URL | Blob, options: FetchOptions = {}): Promise<ByteSource> {
  checkOptions('openFile', options, fetchOptionKinds);
  checkFileLocation(file);
  if (file instanceof Blob) return blobSource(file);
  return openFetched(pageUrl(file, options), network, options);
}

/**
 * The files at a location, by name: a folder on a server, files or a folder that a person chose or dropped, a
 * published model. Nothing of an address is fetched yet; `open` throws `file` errors.
 */
export async function openFiles(location: FilesLocation, options: OpenFilesOptions = {}): Promise<FileStore> {
  checkOptions('openFiles', options, openFilesOptionKinds);
  checkFilesLocation(location);
  if (typeof location === 'string' || location instanceof URL) {
    const url = pageUrl(location, options);
    if (typeof location !== 'string' || !isName(location)) return fetchedFiles(url, network, options);
    return (await import('../network/named-in-page.js')).openNamed(location, url, network, options);
  }
  return isFolderHandle(location) ? folderHandleStore(location) : fileListStore(location);
}

/** A published name, or `owner/name@revision`, which an address may look like that is relative to the page. */
function isName(location: string): boolean {
  return /^[\w-][\w.-]*(\/[\w.-]+(@[\w./-]+)?)?$/.test(location);
}

/** Relative addresses start from the page, or from a worker's script. */
function pageUrl(location: string | URL, { base }: FetchOptions): URL {
  const { document } = globalThis as { document?: Document };
  const url = httpUrl(location, base ?? document?.baseURI ?? globalThis.location?.href);
  if (url) return url;
  throw new AudiozooError({
    code: 'argument',
    what: `${location} cannot be opened in a browser`,
    expected: 'an http or https address, or File objects',
    hint: 'Put the files on a server, or pass those that a person chose or dropped.',
  });
}
