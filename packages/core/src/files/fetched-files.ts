// A model directory on a server.

import { AudiozooError } from '../errors.js';
import type { FileStore } from '../model-directory/model-directory.js';
import { openFetchedFile } from './fetched-file.js';
import { checkFileName } from './file-name.js';
import type { FetchOptions } from './location.js';

/** The http(s) URL that a location names, or undefined; `base` is what relative ones start from. */
export function httpUrl(location: string | URL, base?: string): URL | undefined {
  const url = URL.canParse(location, base) ? new URL(location, base) : undefined;
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
}

/** The files of a folder on a server. A query (a signed address) goes along to each. */
export function fetchedFiles(folder: URL, options: FetchOptions = {}): FileStore {
  for (const name of Object.keys(options.integrity ?? {})) checkFileName(name);
  return {
    name: folder.href,
    async open(name) {
      checkFileName(name);
      const url = new URL(folder);
      url.pathname = `${folder.pathname.replace(/\/$/, '')}/${encodeURIComponent(name)}`;
      url.hash = '';
      return openFetchedFile(url, name, options);
    },
  };
}

/** One file on a server. Throws a `file` error when it is not there. */
export async function openFetched(url: URL, options: FetchOptions = {}) {
  const name = decodeURIComponent(url.pathname.split('/').at(-1)!);
  const source = await openFetchedFile(url, name, options);
  if (source) return source;
  throw new AudiozooError({
    code: 'file',
    what: `${url} is not there`,
    got: '404 Not Found',
    hint: 'Check the address.',
  });
}
