// A Hugging Face hub on this machine, with one repository.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FileServer, file, redirect, serve, status } from './http-handlers.js';

export const commit = '0123456789abcdef0123456789abcdef01234567';

export interface Hub {
  /** The hub itself, which tells of large files, and the server that it redirects to, which gives them. */
  readonly server: FileServer;
  readonly store: FileServer;
  readonly env: { readonly HF_ENDPOINT: string; readonly HF_TOKEN: string };
}

export interface HubOptions {
  /** A SHA-256 that it promises of every large file, in place of the right one. */
  readonly lie?: string;
  /** Milliseconds before each piece of a large file. */
  readonly slow?: number;
}

/** Serves the files in `folder` as `me/model`, at its main branch, one other and a commit, until the test ends. */
export async function serveHub(folder: string, { lie = '', slow = 0 }: HubOptions = {}): Promise<Hub> {
  const store = await serve((request, response) =>
    file(readFileSync(join(folder, request.url!.slice(1))), { slow })(request, response),
  );
  const server = await serve((request, response) => {
    if (request.url!.startsWith('/old/name/')) {
      return redirect(request.url!.replace('/old/name/', '/me/model/'))(request, response);
    }
    const [, revision, name] = /^\/me\/model\/resolve\/([^/]+)\/([^/]+)$/.exec(request.url!) ?? [];
    const path = join(folder, name ?? '');
    if (!name || !['main', 'refs%2Fpr%2F2', commit].includes(revision!) || !existsSync(path)) {
      return status(404, { 'x-error-code': 'EntryNotFound' })(request, response);
    }
    const bytes = readFileSync(path);
    const headers = { 'x-repo-commit': commit };
    if (name.endsWith('.json')) {
      const etag = `"${createHash('sha1').update(bytes).digest('hex')}"`;
      return status(200, { ...headers, etag }, bytes.toString())(request, response);
    }
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const linked = { 'x-linked-size': `${bytes.length}`, 'x-linked-etag': `"${lie || sha256}"` };
    redirect(`${store.url}${name}`, { ...headers, ...linked })(request, response);
  });
  return { store, server, env: { HF_ENDPOINT: server.url, HF_TOKEN: 'hf_secret' } };
}
