// A model directory on a server.

import type { ByteSource } from '../files/byte-source.js';
import { checkFileName } from '../files/file-name.js';
import type { FileStore } from '../files/file-store.js';
import type { FetchOptions } from '../files/location.js';
import type { Place } from './draft.js';
import { refusal, showUrl } from './failure.js';
import { type FetchedFileOptions, openFetchedFile } from './fetched-file.js';
import { readIntegrity } from './integrity.js';
import { memoryPlace } from './memory-place.js';

/** What Node and browsers do differently. */
export interface Network extends Pick<FetchedFileOptions, 'createSha256'> {
  /** Where a file of this address is kept. */
  place(url: URL): Promise<Place>;
}

/** The http(s) URL that a location names, or undefined; `base` is what relative ones start from. */
export function httpUrl(location: string | URL, base?: string): URL | undefined {
  const url = URL.canParse(location, base) ? new URL(location, base) : undefined;
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
}

/** The files of a folder on a server. A query (a signed address) goes along to each. */
export function fetchedFiles(folder: URL, network: Network, options: FetchOptions = {}): FileStore {
  for (const name of Object.keys(options.integrity ?? {})) checkFileName(name);
  return {
    name: folder.href,
    async open(name) {
      checkFileName(name);
      const url = new URL(folder);
      url.pathname = `${folder.pathname.replace(/\/$/, '')}/${encodeURIComponent(name)}`;
      url.hash = '';
      return openAt(url, name, network, options);
    },
  };
}

/** One file on a server. Throws a `file` error when it is not there. */
export async function openFetched(
  url: URL,
  network: Network,
  options: FetchOptions = {},
): Promise<ByteSource> {
  const source = await openAt(url, nameIn(url), network, options);
  if (source) return source;
  throw refusal({ what: `${showUrl(url)} is not there`, got: '404 Not Found', hint: 'Check the address.' });
}

async function openAt(
  url: URL,
  name: string,
  { place, createSha256 }: Network,
  { cache = true, integrity, onProgress, signal, fetch }: FetchOptions,
): Promise<ByteSource | undefined> {
  signal?.throwIfAborted();
  return openFetchedFile(url, name, {
    onProgress,
    signal,
    fetch,
    createSha256,
    expected: { sha256: readIntegrity(integrity, name) },
    place: cache ? await place(url) : memoryPlace,
    bypass: cache,
  });
}

/** The last part of a path, as it was meant; as it stands, where its escapes are none. */
export function nameIn({ pathname }: URL): string {
  const last = pathname.split('/').at(-1)!;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
