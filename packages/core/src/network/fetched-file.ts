// One file over HTTP, read by range. The first request asks for the file's beginning alone: small files are
// whole then, and of weights it is the header, so that what does not fit is refused before hundreds of
// megabytes have come. Whatever is read behind it brings the rest in one request, to where it is kept. Servers
// that know no ranges answer with everything, which is then read on.

import { type ByteSource, checkRange } from '../files/byte-source.js';
import type { Progress } from '../progress.js';
import { concatenate } from '../tensors/concatenate.js';
import { type DownloadOptions, download, type Sha256 } from './download.js';
import type { Place } from './draft.js';
import { isNotThere, refusal, StatusError, showUrl } from './failure.js';
import { type Answer, isOffline, type RequestOptions, request } from './request.js';
import { persevere, type RetryOptions } from './retry.js';
import { contentRange, type ExpectedFile, sameVersion, type Version, versionOf } from './version.js';
import { isHtml, refuseWebPage } from './web-page.js';

/** Holds the header of AST-base eight times over. */
const headBytes = 256 * 1024;
/** Bytes of the largest file that is read as text: tokenizers have millions. */
const mostTextBytes = 2 ** 26;
/** A network that does not answer by then is as good as none, where the file is here already. */
const revalidationPatience = 5_000;
/** Milliseconds between reports of progress. */
const progressInterval = 50;

/** How far a file has come. */
export interface FileProgress extends Progress {
  readonly file: string;
  /** Whether the bytes come over the network, were kept from an earlier visit, or are a checkpoint being converted. */
  readonly from: 'network' | 'cache' | 'checkpoint';
}

export interface FetchedFileOptions
  extends RequestOptions,
    RetryOptions,
    Pick<DownloadOptions, 'promises' | 'maxBytes'> {
  readonly onProgress?: ((progress: FileProgress) => void) | undefined;
  readonly expected?: ExpectedFile | undefined;
  /** For a checksum that nobody asked for, too, where that costs little. */
  createSha256(isNeeded: boolean): Promise<(() => Sha256) | undefined>;
  readonly place: Place;
  /** Whether the address always gives the same version, so that what was kept is as good. */
  readonly isFixed?: boolean | undefined;
}

/**
 * A file on a server, or the copy kept from an earlier visit if the server has no other version or cannot
 * be reached; undefined when it is not there. Throws `file` errors that say what came instead.
 */
export async function openFetchedFile(
  url: URL,
  name: string,
  options: FetchedFileOptions,
): Promise<ByteSource | undefined> {
  const { signal, place, onProgress, expected } = options;
  signal?.throwIfAborted();
  const kept = await place.find(expected?.sha256 !== undefined);
  if (kept === null) return undefined;
  if (kept) {
    const state = await compare(url, kept, options);
    if (state === 'same') {
      const { size } = kept.source;
      onProgress?.({ from: 'cache', file: name, done: size, total: size, unit: 'bytes' });
      return { ...kept.source, name };
    }
    await kept.source.close();
    if (state === 'gone') {
      await place.remove();
      return undefined;
    }
  }

  const controller = new AbortController();
  const either = signal ? AbortSignal.any([signal, controller.signal]) : controller.signal;
  const { maxBytes = Number.POSITIVE_INFINITY } = options;
  const isText = /\.(json|txt|csv)$/i.test(name);
  const asking = {
    ...options,
    signal: either,
    maxBytes: isText ? Math.min(maxBytes, mostTextBytes) : maxBytes,
  };
  const opening = await persevere(() => open(url, asking), asking).catch(async (error: unknown) => {
    if (!isNotThere(error)) throw error;
    await place.remove();
  });
  if (!opening) return undefined;
  const { head, answer, version } = opening;
  const isWhole = version.size !== undefined && version.size <= head.length;

  const fetchWhole = async () => {
    let reported = 0;
    const createSha256 = await options.createSha256(expected?.sha256 !== undefined);
    const { ownHeaders: headers } = answer;
    const sha256 = expected?.sha256 ?? options.promises?.(headers).sha256;
    const whole = await place.keep({ version: { ...version, sha256 }, headers, signal: either }, (draft) =>
      download(url, draft, {
        ...asking,
        seen: opening,
        answer: isWhole || !answer.isPart ? { ...answer, isPart: false } : undefined,
        createSha256,
        onProgress(progress) {
          if (progress.done === progress.total || performance.now() - reported < progressInterval) return;
          reported = performance.now();
          onProgress?.({ from: 'network', file: name, ...progress });
        },
      }),
    );
    onProgress?.({ from: 'network', file: name, done: whole.size, total: whole.size, unit: 'bytes' });
    return whole;
  };

  // What is here already, or of unknown size, is finished at once.
  if (version.size === undefined || isWhole) return { ...(await fetchWhole()), name };
  return lazySource(name, version.size, head, fetchWhole, async () => {
    controller.abort();
    await answer.discard();
  });
}

/** Gives what lies in `head` from there, and fetches all of it for the rest. */
function lazySource(
  name: string,
  size: number,
  head: Uint8Array,
  fetchWhole: () => Promise<ByteSource>,
  stop: () => Promise<void>,
): ByteSource {
  let coming: Promise<ByteSource> | undefined;
  let whole: ByteSource | undefined;
  const fetchAll = async () => {
    coming ??= fetchWhole();
    whole = await coming;
  };
  return {
    name,
    size,
    get path() {
      return whole?.path;
    },
    get stamp() {
      return whole?.stamp;
    },
    fetchAll,
    async read(offset, length) {
      checkRange(this, offset, length);
      if (offset + length <= head.length) return head.slice(offset, offset + length);
      await fetchAll();
      return whole!.read(offset, length);
    },
    async close() {
      await stop();
      await (await coming?.catch(() => undefined))?.close();
    },
  };
}

/** An answer whose first bytes have been read, which its body gives again. */
interface Opening {
  readonly answer: Answer;
  readonly version: Version;
  readonly head: Uint8Array;
}

async function open(url: URL, options: RequestOptions): Promise<Opening> {
  const range = `bytes=0-${headBytes - 1}`;
  const ranged = await request(url, { ...options, range }).catch((error: unknown) => {
    if (error instanceof StatusError && error.status === 416) return undefined; // the file is empty
    throw error;
  });
  // The range cannot be told: a server of another origin may hide it.
  const isUnclear = !ranged || (ranged.isPart && contentRange(ranged.headers)?.size === undefined);
  if (isUnclear) await ranged?.discard();
  const answer = isUnclear ? await request(url, options) : ranged;
  const version = versionOf(url, answer, !isUnclear);
  const head = await readHead(answer.body);
  try {
    refuseWebPage(url, head, answer.headers.get('content-type'));
    if (answer.isPart && head.length < Math.min(headBytes, version.size!)) {
      const what = `${showUrl(url)} gave less than was asked for`;
      throw refusal({ what, got: `${head.length} bytes`, hint: 'Try again.' });
    }
  } catch (error) {
    await answer.discard();
    throw error;
  }
  return { answer: { ...answer, body: again(head, answer.body) }, version, head };
}

async function readHead(body: Answer['body']): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length < headBytes) {
    const { done, value } = await body.next();
    if (done) break;
    pieces.push(value.slice());
    length += value.length;
  }
  return concatenate(Uint8Array, pieces);
}

async function* again(head: Uint8Array, rest: Answer['body']): Answer['body'] {
  yield head;
  yield* rest;
}

/** Whether the server still has the version that was kept. */
async function compare(
  url: URL,
  kept: { readonly version: Version; readonly sha256: string | undefined },
  { expected, isFixed, signal, ...options }: FetchedFileOptions,
): Promise<'same' | 'other' | 'gone'> {
  if (expected?.sha256 !== undefined) return expected.sha256 === kept.sha256 ? 'same' : 'other';
  if (isFixed || isOffline()) return 'same'; // to ask would only fill the console
  const patience = AbortSignal.timeout(revalidationPatience);
  try {
    const answer = await request(url, {
      ...options,
      range: 'bytes=0-0',
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
    await answer.discard();
    if (isHtml(answer.headers.get('content-type'))) return 'same'; // the page of a network that wants a login first
    return sameVersion(kept.version, versionOf(url, answer, true)) ? 'same' : 'other';
  } catch (error) {
    signal?.throwIfAborted();
    // The network or the server is down: what was kept is all there is.
    return isNotThere(error) ? 'gone' : 'same';
  }
}
