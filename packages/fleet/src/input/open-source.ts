// One sound of a job, where a worker may open it.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AudiozooError, errorDescription } from '@audiozoo/core';
import { temporaryFolder } from '@audiozoo/core/disk';
import { downloadFile } from '@audiozoo/core/network';
import type { Entry } from '../job/entry.js';
import { guardedFetch } from './guarded-fetch.js';
import { bucketPlace, isAddress, sourceOf } from './place.js';
import { checkBucket, pathWithin, type SourceAccess } from './source-access.js';

export interface OpenedSource {
  /** The path of a file that is here, for `readAudio` and all that takes sound. */
  readonly sound: string;
  /** Removes it, if it was brought here. */
  close(): Promise<void>;
}

const usualMaxBytes = 2 ** 31;

/**
 * Where the file of an entry is on this machine: where it lies, or brought over the network into a temporary file, with a
 * few tries. Its `start` and `end` are the reader's. Throws a `file` or `argument` error when it is not there or may not be
 * opened: such errors are of this sound alone, and hold no passwords and signatures of addresses. Throws a `device` error
 * when there is no room for it on this machine.
 */
export async function openSource(
  { source }: Pick<Entry, 'source'>,
  access: SourceAccess = {},
  signal?: AbortSignal,
): Promise<OpenedSource> {
  signal?.throwIfAborted();
  if (!isAddress(source)) {
    return { sound: await pathWithin(source, access.roots), async close() {} };
  }
  const { url, ...asking } = await howToAsk(sourceOf(source, '/'), access);
  const folder = await temporaryFolder().catch(noRoom);
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    const { maxBytes = usualMaxBytes } = access;
    const name = nameOf(url);
    const bringing = { ...asking, maxBytes, signal, isLasting: false };
    await downloadFile(url, { parts: folder, files: folder }, name, bringing);
    return { sound: join(folder, name), close };
  } catch (error) {
    await close();
    const { code = '' } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    throw ofTheMachine.has(code) ? noRoom(error) : error;
  }
}

/** What says nothing of a sound, but of this machine: its disk, and how many files may be open on it. */
const ofTheMachine: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'ENFILE']);

function noRoom(error: unknown): never {
  throw new AudiozooError({
    ...errorDescription(error, 'what comes over a network cannot be kept'),
    code: 'device',
    cause: error,
  });
}

/** The address without what it is asked with, and that. */
async function howToAsk(source: string, { hosts }: SourceAccess) {
  if (/^s3:/.test(source)) {
    const place = bucketPlace(source);
    checkBucket(place.bucket, hosts);
    const { objectFetch } = await import('./s3.js');
    const escaped = source.replaceAll(/[%?#]/g, encodeURIComponent); // which mean nothing in a key
    return { url: new URL(escaped), fetch: objectFetch(place) };
  }
  const url = new URL(source);
  const login = [url.username, url.password].map(unescaped).join(':');
  url.username = '';
  url.password = '';
  return {
    url,
    fetch: guardedFetch(hosts),
    ...(login !== ':' && { authorization: `Basic ${Buffer.from(login).toString('base64')}` }),
  };
}

/** As it was meant; as it stands, where its escapes are none. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What messages about the file call it: as the address does, where that is a name. */
function nameOf({ pathname }: URL): string {
  const name = pathname.slice(pathname.lastIndexOf('/') + 1).replaceAll(/[^\w.-]/g, '_');
  return `sound-${name.slice(-60)}`;
}
