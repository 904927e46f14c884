// What tells one version of a file on a server from another, and what is known of a file before it comes.

import { type Answer, isForeign, isInPage } from './request.js';

export interface Version {
  /** Of the whole file, in bytes; undefined when the server does not say, or says it of compressed bytes. */
  readonly size?: number | undefined;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

/** What is known of a file before it comes. */
export interface ExpectedFile {
  readonly bytes?: number | undefined;
  /** 64 hexadecimal digits. */
  readonly sha256?: string | undefined;
}

/** What both together say; where they differ, the first counts. */
export function bothExpected(first: ExpectedFile = {}, second: ExpectedFile = {}): ExpectedFile {
  return {
    bytes: first.bytes ?? second.bytes,
    sha256: (first.sha256 ?? second.sha256)?.toLowerCase(),
  };
}

/** What an answer is of. `asked`: whether a range was asked for, which nobody compresses. */
export function versionOf(url: URL, { isPart, headers }: Answer, asked: boolean): Version {
  return {
    size: isPart ? contentRange(headers)?.size : wholeSize(url, headers, asked),
    etag: headers.get('etag') ?? undefined,
    lastModified: headers.get('last-modified') ?? undefined,
  };
}

/** Where a part begins, and of how large a file it is; undefined when that cannot be told. */
export function contentRange(headers: Headers): { start: number; size: number | undefined } | undefined {
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  return range ? { start: Number(range[1]), size: readSize(range[2]) } : undefined;
}

/** Content-Length counts compressed bytes, of which a browser does not always tell. */
function wholeSize(url: URL, headers: Headers, asked: boolean): number | undefined {
  const mayBeCompressed = isInPage && !asked && isForeign(url);
  if (headers.has('content-encoding') || mayBeCompressed) return undefined;
  return readSize(headers.get('content-length'));
}

export function readSize(text: string | null | undefined): number | undefined {
  return text && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** What If-Range takes: a weak ETag does not promise the same bytes. Without one there is no going on. */
export function validatorOf({ etag, lastModified }: Version): string | undefined {
  return etag?.startsWith('"') ? etag : lastModified;
}

/** By the surest mark that both have. */
export function sameVersion(a: Version, b: Version): boolean {
  const strong = (etag: string) => etag.replace(/^W\//, '');
  if (a.size !== undefined && b.size !== undefined && a.size !== b.size) return false;
  if (a.etag && b.etag) return strong(a.etag) === strong(b.etag);
  if (a.lastModified && b.lastModified) return a.lastModified === b.lastModified;
  return true;
}
