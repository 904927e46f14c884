// One file from an address to where it is kept. What breaks off goes on where it stopped, if the server still has the
// same version; nothing is whole before its size and checksum are those that were promised.

import type { AudiozooError } from '../errors.js';
import type { Progress } from '../progress.js';
import type { Draft, DraftVersion } from './draft.js';
import { refusal, StatusError, showUrl, TransientError } from './failure.js';
import { type Answer, isInPage, type RequestOptions, request } from './request.js';
import { persevere, type RetryOptions } from './retry.js';
import {
  bothExpected,
  contentRange,
  type ExpectedFile,
  sameVersion,
  type Version,
  validatorOf,
  versionOf,
} from './version.js';
import { isHtml, pageHeadBytes, refuseWebPage } from './web-page.js';

/** SHA-256 of bytes that come in pieces. */
export interface Sha256 {
  update(bytes: Uint8Array): unknown;
  /** Ends the message: 64 hexadecimal digits. */
  digest(): string;
}

export interface DownloadOptions extends RetryOptions, RequestOptions {
  readonly expected?: ExpectedFile | undefined;
  /** What the server that is asked promises in its headers, where it is known to. */
  readonly promises?: ((headers: Headers) => ExpectedFile) | undefined;
  readonly maxBytes?: number | undefined;
  /** Without one no checksum is computed. */
  readonly createSha256?: (() => Sha256) | undefined;
  /** What of it has been seen already: of another version nothing is taken. */
  readonly seen?: { readonly version: Version; readonly head: Uint8Array } | undefined;
  /** The whole answer to a request that was made already. */
  readonly answer?: Answer | undefined;
  /** `total` is undefined while the server does not say. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Brings all of a file to `draft`, and returns its SHA-256 if that is computed. Throws `file` errors: StatusErrors for
 * answers without a file, others for web pages in its place, for sizes and checksums that are not as promised, and
 * when tries run out. The draft holds nothing then, but what another try can go on from.
 */
export async function download(
  url: URL,
  draft: Draft,
  options: DownloadOptions,
): Promise<string | undefined> {
  const isContinued = draft.bytes > 0;
  const passage = createPassage(url, draft, options);
  await passage.recall();
  await persevere((gained) => passage.fetchRest(gained), options);
  try {
    return passage.finish();
  } catch (error) {
    await draft.begin({});
    // The bytes are wrong; if some were there before, perhaps only those.
    if (isContinued) return download(url, draft, options);
    throw error;
  }
}

/** All that passes on the way to a draft: counted, compared and hashed. */
function createPassage(url: URL, draft: Draft, options: DownloadOptions) {
  const { createSha256, seen, maxBytes = Number.POSITIVE_INFINITY, onProgress } = options;
  let { answer } = options;
  let hash = createSha256?.();
  let head = new Uint8Array();

  const begin = async (version: DraftVersion) => {
    hash = createSha256?.();
    head = new Uint8Array();
    await draft.begin(version);
  };
  const note = (piece: Uint8Array, offset: number) => {
    if (differs(piece, offset, seen?.head)) throw changed(url);
    if (offset < pageHeadBytes)
      head = Uint8Array.from([...head, ...piece.subarray(0, pageHeadBytes - offset)]);
    hash?.update(piece);
  };
  const ask = async (ifRange: string | undefined): Promise<Answer> => {
    const given = answer;
    answer = undefined;
    if (given) return given;
    const range = ifRange && { range: `bytes=${draft.bytes}-`, ifRange };
    return request(url, { ...options, ...range }).catch(async (error) => {
      // Nothing at that offset: another version, and shorter.
      if (!range || !(error instanceof StatusError && error.status === 416)) throw error;
      await begin({});
      throw new TransientError(error);
    });
  };

  return {
    /** Has what is there already pass. */
    async recall(): Promise<void> {
      let offset = 0;
      if (draft.bytes === 0) return;
      for await (const piece of draft.read()) {
        note(piece, offset);
        offset += piece.length;
      }
    },

    /** One request for what is missing. */
    async fetchRest(gained: (bytes: number) => void): Promise<void> {
      const { bytes: start } = draft;
      if (start > 0 && start === draft.version.size) return;
      const response = await ask(start > 0 ? validatorOf(draft.version) : undefined);
      try {
        if (!response.isPart) {
          const version = await acceptedVersion(url, response, options);
          if (seen && !sameVersion(seen.version, version)) throw changed(url);
          await begin({ ...version, size: version.size ?? seen?.version.size });
        } else if (!continues(url, response, draft)) {
          await begin({});
          throw new TransientError(changed(url));
        }
        const total = draft.version.size;
        const most = total ?? maxBytes;
        onProgress?.({ done: draft.bytes, total, unit: 'bytes' });
        for await (const piece of response.body) {
          if (draft.bytes + piece.length > most) {
            await begin({});
            throw total === undefined ? tooLarge(url, most) : wrongSize(url, most, `more than ${most} bytes`);
          }
          note(piece, draft.bytes);
          await draft.append(piece);
          gained(piece.length);
          onProgress?.({ done: draft.bytes, total, unit: 'bytes' });
        }
        if (total !== undefined && draft.bytes < total) {
          throw new TransientError(wrongSize(url, total, `${draft.bytes}`));
        }
      } finally {
        await response.discard();
      }
    },

    finish(): string | undefined {
      refuseWebPage(url, head);
      const sha256 = hash?.digest();
      refuseWrongChecksum(url, sha256, bothExpected(options.expected, draft.version).sha256);
      return sha256;
    },
  };
}

/** Throws a `file` error unless the checksum is the expected one, or none is expected. */
export function refuseWrongChecksum(
  url: URL,
  sha256: string | undefined,
  expected: string | undefined,
): void {
  if (expected === undefined || expected === sha256) return;
  throw refusal({
    what: `${showUrl(url)} is not the file that was expected`,
    expected: `SHA-256 ${expected}`,
    got: sha256 ?? 'none',
    hint: 'It was exchanged, or damaged on the way, or the checksum is of another version. Do not use it unless you know why.',
  });
}

/** What a whole answer is of. Refuses what cannot be the file before any of it is written. */
async function acceptedVersion(
  url: URL,
  { headers, ownHeaders, body, ...answer }: Answer,
  { expected, promises, maxBytes = Number.POSITIVE_INFINITY }: DownloadOptions,
): Promise<DraftVersion> {
  const contentType = headers.get('content-type');
  if (isHtml(contentType)) {
    const { value = new Uint8Array() } = await body.next();
    refuseWebPage(url, value, contentType);
  }
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity' && !isInPage) {
    const what = `${showUrl(url)} came encoded, though it was asked for as it is`;
    throw refusal({ what, expected: 'identity', got: encoding });
  }
  const version = versionOf(url, { headers, ownHeaders, body, ...answer }, false);
  const known = bothExpected(expected, promises?.(ownHeaders));
  const size = known.bytes ?? version.size;
  if (known.bytes !== undefined && version.size !== undefined && version.size !== known.bytes) {
    throw wrongSize(url, known.bytes, `${version.size}`);
  }
  if (size !== undefined && size > maxBytes) {
    throw tooLarge(url, maxBytes, `${size}`);
  }
  return { ...version, size, sha256: known.sha256 };
}

/** Whether a partial answer begins where the draft stops, and is of the same version. */
function continues(url: URL, answer: Answer, { bytes, version }: Draft): boolean {
  return contentRange(answer.headers)?.start === bytes && sameVersion(versionOf(url, answer, true), version);
}

/** Whether a piece at that offset is not what was seen there. */
function differs(piece: Uint8Array, offset: number, head: Uint8Array = new Uint8Array()): boolean {
  const end = Math.min(piece.length, head.length - offset);
  for (let index = 0; index < end; index++) if (piece[index] !== head[offset + index]) return true;
  return false;
}

function changed(url: URL): AudiozooError {
  return refusal({
    what: `${showUrl(url)} changed on the server while it was read`,
    hint: 'Load it again.',
  });
}

function tooLarge(url: URL, most: number, got = 'more'): AudiozooError {
  const what = `${showUrl(url)} is larger than it may be`;
  return refusal({ what, expected: `at most ${most} bytes`, got });
}

function wrongSize(url: URL, size: number, got: string): AudiozooError {
  return refusal({
    what: `${showUrl(url)} is not as large as it should be`,
    expected: `${size} bytes`,
    got,
    hint: 'The server may have another version by now: try again.',
  });
}
