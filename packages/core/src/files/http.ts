// One HTTP request, and what its answer says about the file.

import { AudiozooError } from '../errors.js';
import type { Version } from './download-cache.js';

export interface Answer {
  /** The size is that of the whole file; undefined when the server does not say, or says it of compressed bytes. */
  readonly version: Version;
  /** Whether the body is the part that was asked for; otherwise it is the whole file. */
  readonly partial: boolean;
  readonly isHtml: boolean;
  readonly body: ReadableStream<Uint8Array>;
}

interface RequestOptions {
  /** A Range header that begins at 0. */
  readonly range?: string | undefined;
  readonly signal: AbortSignal;
  /** Past the browser's own HTTP cache, for those who keep the file themselves. */
  readonly bypass: boolean;
}

/** The answer to a GET request; undefined when the file is not there. Throws `file` errors. */
export async function request(url: URL, options: RequestOptions): Promise<Answer | undefined> {
  const response = await get(url, options);
  if (response.status === 404 || response.status === 410) {
    await response.body?.cancel();
    return undefined;
  }
  if (response.status === 206) {
    const size = /^bytes 0-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1];
    if (size) return answer(response, Number(size), true);
  }
  if (options.range && (response.status === 206 || response.status === 416)) {
    // The range cannot be told (a server of another origin may hide it), or the file is empty.
    await response.body?.cancel();
    return request(url, { ...options, range: undefined });
  }
  if (response.status !== 200) {
    await response.body?.cancel();
    throw refused(url, response);
  }
  return answer(response, wholeSize(response, options.range !== undefined), false);
}

async function get(url: URL, { range, signal, bypass }: RequestOptions): Promise<Response> {
  const cache = bypass ? 'no-store' : 'default';
  try {
    return await fetch(url, { signal, cache, ...(range && { headers: { Range: range } }) });
  } catch (cause) {
    signal.throwIfAborted();
    // A server of another origin may not allow the header, where browsers ask for leave first.
    if (range && isForeign(url)) return get(url, { range: undefined, signal, bypass });
    const offline = isOffline();
    throw new AudiozooError({
      code: 'file',
      what: `${url} cannot be reached${offline ? ', for there is no network' : ''}`,
      expected: 'an answer, or a copy kept from an earlier visit',
      got: String(cause),
      hint: offline
        ? 'Connect once: what has been loaded completely works without a network.'
        : 'Check the address and the network. A server of another origin must allow this page (CORS).',
      cause,
    });
  }
}

/** Whether the browser knows that it has no network. */
export function isOffline(): boolean {
  return (globalThis as { navigator?: Partial<Navigator> }).navigator?.onLine === false;
}

function answer(response: Response, size: number | undefined, partial: boolean): Answer {
  const { headers } = response;
  return {
    version: {
      size,
      etag: headers.get('etag') ?? undefined,
      lastModified: headers.get('last-modified') ?? undefined,
    },
    partial,
    isHtml: /^\s*text\/html\b/i.test(headers.get('content-type') ?? ''),
    body: response.body ?? new Blob([]).stream(),
  };
}

/** Content-Length counts compressed bytes; requests for a range are answered without compression. */
function wholeSize({ headers, url }: Response, askedForRange: boolean): number | undefined {
  const length = headers.get('content-length');
  const compressed = headers.get('content-encoding') !== null || (!askedForRange && isForeign(new URL(url)));
  return length === null || compressed ? undefined : Number(length);
}

/** Whether a page loads from elsewhere, so that the browser hides headers. Node sees them all. */
function isForeign({ origin }: URL): boolean {
  const { location } = globalThis as { location?: Location };
  return location !== undefined && location.origin !== origin;
}

function refused(url: URL, { status, statusText }: Response): AudiozooError {
  const denied = status === 401 || status === 403;
  return new AudiozooError({
    code: 'file',
    what: `the server does not give ${url}`,
    got: `${status} ${statusText}`.trim(),
    hint: denied
      ? 'It wants a login or a license to be accepted: download the files and choose them here.'
      : status >= 500
        ? 'The server has trouble: try again later.'
        : 'Check the address.',
  });
}
