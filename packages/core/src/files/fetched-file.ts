// One file over HTTP, read by range. The first request asks for the file's beginning alone: small files are
// whole then, and of weights it is the header, so that what does not fit is refused before hundreds of
// megabytes have come. Whatever is read behind it brings the rest in one request, streamed to where the
// browser keeps it. Servers that know no ranges answer with everything, which is then streamed on.

import { AudiozooError } from '../errors.js';
import { type ByteSource, blobSource } from './byte-source.js';
import { collectBlob, piecesOf } from './byte-stream.js';
import { openDownloadCache, type Version } from './download-cache.js';
import { type Answer, isOffline, request } from './http.js';
import { readIntegrity } from './integrity.js';
import type { FetchOptions } from './location.js';

/** Holds the header of AST-base eight times over. */
const headBytes = 256 * 1024;
/** A network that does not answer by then is as good as none, where the file is here already. */
const revalidationPatience = 5_000;
/** Milliseconds between reports of progress. */
const progressInterval = 50;

/**
 * A file on a server, or the copy kept from an earlier visit if the server has no other version or cannot
 * be reached; undefined when it is not there. Throws `file` errors that say what came instead.
 */
export async function openFetchedFile(
  url: URL,
  name: string,
  { onProgress, signal, cache: useCache = true, integrity }: FetchOptions = {},
): Promise<ByteSource | undefined> {
  signal?.throwIfAborted();
  const sha256 = readIntegrity(integrity, name);
  const cache = useCache ? await openDownloadCache() : undefined;
  const kept = await cache?.find(url);
  if (kept) {
    const state = sha256
      ? kept.sha256 === sha256
        ? 'same'
        : 'other'
      : await compare(url, kept.version, signal);
    if (state === 'same') {
      onProgress?.({ from: 'cache', file: name, loaded: kept.file.size, total: kept.file.size });
      return blobSource(kept.file, name);
    }
    if (state === 'gone') {
      await cache?.remove(url);
      return undefined;
    }
  }

  const controller = new AbortController();
  const eitherSignal = signal ? AbortSignal.any([signal, controller.signal]) : controller.signal;
  const begin = async (range?: string): Promise<Opening | undefined> => {
    const answer = await request(url, { range, signal: eitherSignal, bypass: cache !== undefined });
    if (!answer) return undefined;
    return { ...answer, ...(await readHead(url, answer, eitherSignal)) };
  };
  const opening = await begin(`bytes=0-${headBytes - 1}`);
  if (!opening) return undefined;
  const { head, version } = opening;

  /** All bytes, counted, compared and hashed as they pass. */
  async function* download(): AsyncGenerator<Uint8Array> {
    const source = opening!.partial && version.size! > head.length ? await begin() : opening!;
    const size = version.size ?? source?.version.size;
    if (!source || !sameVersion(version, source.version)) throw changed(url);
    const hash = sha256 === undefined ? undefined : (await import('./sha256.js')).createSha256();
    let loaded = 0;
    let reported = 0;
    const pass = (piece: Uint8Array): Uint8Array => {
      loaded += piece.length;
      if (size !== undefined && loaded > size) throw wrongSize(url, size, `more than ${size} bytes`);
      hash?.update(piece);
      if (performance.now() - reported > progressInterval && loaded !== size) {
        reported = performance.now();
        onProgress?.({ from: 'network', file: name, loaded, total: size });
      }
      return piece;
    };
    if (!startsAlike(head, source.head)) throw changed(url);
    yield pass(source.head);
    for await (const piece of source.rest) yield pass(piece);
    if (size !== undefined && loaded !== size) throw wrongSize(url, size, `${loaded}`);
    const digest = hash?.digest();
    if (digest !== sha256) {
      throw new AudiozooError({
        code: 'file',
        what: `${url} is not the file that was expected`,
        expected: `SHA-256 ${sha256}`,
        got: `${digest}`,
        hint: 'It was damaged or exchanged on its way, or `integrity` is of another version.',
      });
    }
    onProgress?.({ from: 'network', file: name, loaded, total: loaded });
  }

  let whole: Promise<Blob> | undefined;
  const fetchWhole = () => {
    whole ??= cache ? cache.keep(url, download(), { version, sha256 }) : collectBlob(download());
    return whole;
  };

  // What is here already, or of unknown size, is finished at once.
  if (version.size === undefined || version.size <= head.length) {
    return blobSource(await fetchWhole(), name);
  }
  const source: ByteSource = {
    name,
    size: version.size,
    async read(offset, length) {
      if (offset >= 0 && length >= 0 && offset + length <= head.length)
        return head.slice(offset, offset + length);
      return blobSource(await fetchWhole(), name).read(offset, length);
    },
    async close() {
      controller.abort();
      await opening.rest.return(undefined);
      await whole?.catch(() => undefined);
    },
  };
  return source;
}

/** An answer whose first bytes have been read. */
interface Opening extends Answer {
  readonly head: Uint8Array;
  readonly rest: AsyncGenerator<Uint8Array, undefined>;
}

async function readHead(
  url: URL,
  answer: Answer,
  signal: AbortSignal,
): Promise<Pick<Opening, 'head' | 'rest'>> {
  const rest = piecesUntilBroken(url, answer, signal);
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length < headBytes) {
    const { done, value } = await rest.next();
    if (done) break;
    pieces.push(value.slice());
    length += value.length;
  }
  const head = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    head.set(piece, offset);
    offset += piece.length;
  }
  const text = new TextDecoder('latin1').decode(head.subarray(0, 64));
  if (!answer.isHtml && !/^\s*<(!doctype html|html|head|body)/i.test(text)) return { head, rest };
  await rest.return(undefined);
  throw new AudiozooError({
    code: 'file',
    what: `${url} is a web page, not the file`,
    got: JSON.stringify(text.trim().slice(0, 40)),
    hint: 'Check the address. Servers of single-page applications answer so for files that they do not have; others ask to log in.',
  });
}

/** A body's pieces; when the connection breaks, an error that says how far it came. */
async function* piecesUntilBroken(
  url: URL,
  { body, version: { size }, partial }: Answer,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, undefined> {
  let received = 0;
  try {
    for await (const piece of piecesOf(body)) {
      received += piece.length;
      yield piece;
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw new AudiozooError({
      code: 'file',
      what: `the download of ${url} broke off`,
      expected: size === undefined || partial ? 'more' : `${size} bytes`,
      got: `${received}`,
      hint: 'Try again; nothing of it was kept.',
      cause,
    });
  }
}

/** Whether the server still has the version that was kept. */
async function compare(
  url: URL,
  kept: Version,
  signal: AbortSignal | undefined,
): Promise<'same' | 'other' | 'gone'> {
  if (isOffline()) return 'same'; // to ask would only fill the console
  const patience = AbortSignal.timeout(revalidationPatience);
  try {
    const answer = await request(url, {
      range: 'bytes=0-0',
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
      bypass: true,
    });
    if (!answer) return 'gone';
    await answer.body.cancel();
    if (answer.isHtml) return 'same'; // the page of a network that wants a login first
    return sameVersion(kept, answer.version) ? 'same' : 'other';
  } catch {
    signal?.throwIfAborted();
    return 'same'; // the network or the server is down: what was kept is all there is
  }
}

/** By the surest mark that both have. */
function sameVersion(a: Version, b: Version): boolean {
  const strong = (etag: string) => etag.replace(/^W\//, '');
  if (a.size !== undefined && b.size !== undefined && a.size !== b.size) return false;
  if (a.etag && b.etag) return strong(a.etag) === strong(b.etag);
  if (a.lastModified && b.lastModified) return a.lastModified === b.lastModified;
  return true;
}

function startsAlike(a: Uint8Array, b: Uint8Array): boolean {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return false;
  return true;
}

function changed(url: URL): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${url} changed on the server while it was read`,
    hint: 'Load it again.',
  });
}

function wrongSize(url: URL, size: number, got: string): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${url} did not come as long as the server said`,
    expected: `${size} bytes`,
    got,
    hint: 'Try again; nothing of it was kept.',
  });
}
