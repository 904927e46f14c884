// One file from an address to the disk. What breaks off goes on where it stopped, if the server still has the
// same version; nothing gets its name before its size and checksum are those that were promised.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { refusal, StatusError, showUrl, TransientError } from './failure.js';
import type { HttpClient, HttpResponse } from './http-client.js';
import { openPartialFile, type PartialFile, readVersion } from './partial-file.js';
import { persevere, type RetryOptions } from './retry.js';
import type { Staging } from './staging.js';
import { pageHeadBytes, refuseWebPage } from './web-page.js';

/** What is known of a file before it comes. */
export interface ExpectedFile {
  readonly bytes?: number | undefined;
  /** 64 hexadecimal digits. */
  readonly sha256?: string | undefined;
}

export interface DownloadOptions extends RetryOptions {
  readonly http: HttpClient;
  readonly authorization?: string | undefined;
  readonly expected?: ExpectedFile | undefined;
  /** What the server that is asked promises in its headers, where it is known to. */
  readonly promises?: ((headers: ReadonlyMap<string, string>) => ExpectedFile) | undefined;
  readonly maxBytes: number;
  /** `total` is undefined while the server does not say. */
  readonly onProgress?: ((progress: { done: number; total: number | undefined }) => void) | undefined;
}

export interface DownloadedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Whether that checksum was known before it came. */
  readonly verified: boolean;
}

/**
 * Downloads a file to `staging.files`. What has come stays in `staging.parts` when it breaks off or is
 * aborted, for the next download of the same name; a file that is there whole is not fetched again.
 *
 * Throws `file` errors: StatusErrors for answers without a file, others for web pages in its place, for sizes
 * and checksums that are not as promised, for what cannot be written, and when tries run out.
 */
export async function downloadFile(
  url: URL,
  staging: Pick<Staging, 'parts' | 'files'>,
  name: string,
  options: DownloadOptions,
): Promise<DownloadedFile> {
  const prefix = join(staging.parts, name);
  const path = join(staging.files, name);
  const there = await stat(path).catch(() => undefined);
  if (there) {
    const sha256 = await checksum(createReadStream(path));
    const expected = { ...(await readVersion(`${prefix}.version.json`)), ...options.expected };
    refuseWrongChecksum(url, sha256, expected);
    return { name, bytes: there.size, sha256, verified: expected.sha256 !== undefined };
  }

  const partial = await openPartialFile(prefix);
  const isContinued = partial.bytes > 0;
  let isWhole = false;
  try {
    await persevere((gained) => fetchRest(url, partial, options, gained), options);
    isWhole = true;
    refuseWebPage(url, await partial.head(pageHeadBytes));
    const sha256 = await checksum(partial.read());
    refuseWrongChecksum(url, sha256, partial.version);
    await partial.finish(path);
    return { name, bytes: partial.bytes, sha256, verified: partial.version.sha256 !== undefined };
  } catch (error) {
    if (!isWhole) {
      await partial.close();
      throw error;
    }
    await partial.discard();
    // The bytes are wrong; if some were there before, perhaps only those.
    if (isContinued) return downloadFile(url, staging, name, options);
    throw error;
  }
}

/** One request for what is missing. */
async function fetchRest(
  url: URL,
  partial: PartialFile,
  options: DownloadOptions,
  gained: (bytes: number) => void,
): Promise<void> {
  const { bytes: start, version } = partial;
  if (start > 0 && start === version.bytes) return;
  const canContinue = start > 0 && version.validator !== undefined;
  const range = canContinue ? { range: `bytes=${start}-`, 'if-range': version.validator! } : {};
  const { http, authorization, signal, onProgress } = options;
  const response = await http.get(url, { headers: range, authorization, signal }).catch(async (error) => {
    // Nothing at that offset: another version, and shorter.
    if (canContinue && error instanceof StatusError && error.status === 416) {
      await partial.begin({});
      throw new TransientError(error);
    }
    throw error;
  });
  try {
    if (response.status === 200) await partial.begin(await versionOf(url, response, options));
    else if (!continues(response, partial)) {
      await partial.begin({});
      throw new TransientError(refusal({ what: `${showUrl(url)} changed while it came` }));
    }
    const total = partial.version.bytes;
    const most = total ?? options.maxBytes;
    onProgress?.({ done: partial.bytes, total });
    for await (const chunk of response.body) {
      if (partial.bytes + chunk.length > most) {
        await partial.begin({});
        throw refusal({ what: `${showUrl(url)} is larger than it may be`, expected: `${most} bytes` });
      }
      await partial.append(chunk);
      gained(chunk.length);
      onProgress?.({ done: partial.bytes, total });
    }
    if (total !== undefined && partial.bytes < total) {
      const got = `${partial.bytes}`;
      throw new TransientError(
        refusal({ what: `${showUrl(url)} ended early`, expected: `${total} bytes`, got }),
      );
    }
  } finally {
    response.discard();
  }
}

/** What a whole answer is of. Refuses what cannot be the file before any of it is written. */
async function versionOf(
  url: URL,
  response: HttpResponse,
  { expected, promises, maxBytes }: DownloadOptions,
) {
  const { headers, ownHeaders } = response;
  const contentType = headers.get('content-type') ?? '';
  if (/^text\/html\b/i.test(contentType)) refuseWebPage(url, await firstBytes(response), contentType);
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') {
    const what = `${showUrl(url)} came encoded, though it was asked for as it is`;
    throw refusal({ what, expected: 'identity', got: encoding });
  }

  const announced = readSize(headers.get('content-length'));
  const known: ExpectedFile = { ...promises?.(ownHeaders), ...expected };
  if (announced !== undefined && known.bytes !== undefined && announced !== known.bytes) {
    throw refusal({
      what: `${showUrl(url)} is not the file that it should be`,
      expected: `${known.bytes} bytes`,
      got: `${announced}`,
    });
  }
  const bytes = known.bytes ?? announced;
  if (bytes !== undefined && bytes > maxBytes) {
    const what = `${showUrl(url)} is larger than it may be`;
    throw refusal({ what, expected: `at most ${maxBytes} bytes`, got: `${bytes}` });
  }
  return { validator: validatorOf(headers), bytes, sha256: known.sha256?.toLowerCase() };
}

/** Whether a partial answer begins where the file stops, and is of the same version. */
function continues({ headers }: HttpResponse, { bytes, version }: PartialFile): boolean {
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  if (!range || Number(range[1]) !== bytes) return false;
  const total = readSize(range[2]);
  const validator = validatorOf(headers);
  return (
    (total === undefined || version.bytes === undefined || total === version.bytes) &&
    (validator === undefined || validator === version.validator)
  );
}

/** A weak ETag does not promise the same bytes. */
function validatorOf(headers: ReadonlyMap<string, string>): string | undefined {
  const tag = headers.get('etag');
  return tag?.startsWith('"') ? tag : headers.get('last-modified');
}

function readSize(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

async function firstBytes({ body }: HttpResponse): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    if ((bytes += chunk.length) >= pageHeadBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, pageHeadBytes);
}

async function checksum(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

function refuseWrongChecksum(url: URL, sha256: string, { sha256: expected }: ExpectedFile): void {
  if (expected === undefined || expected.toLowerCase() === sha256) return;
  throw refusal({
    what: `${showUrl(url)} is not the file that it should be`,
    expected: `SHA-256 ${expected}`,
    got: sha256,
    hint: 'It was changed, or damaged on the way. Do not use it unless you know why.',
  });
}
