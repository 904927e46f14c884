// The bytes of a sound file, wherever they are, in Node.

import { type ByteSource, blobSource, bytesSource } from '@audiozoo/core';
import { openFile } from '@audiozoo/core/files';
import { notUnderstood } from '../audio-source.js';
import { fetchSound } from './fetched-sound.js';
import { byteStreamOf, bytesOf } from './file-bytes.js';
import { spooledFile } from './spooled-file.js';

/** 16 GiB, which go to a temporary file until the sound is closed. */
const maxStreamBytes = 2 ** 34;

/** Opens a sound file. Throws a `file` error when it is not there or cannot be fetched, an `argument` error when `source` is none. */
export async function openSoundFile(source: unknown, signal: AbortSignal | undefined): Promise<ByteSource> {
  const isPlace = typeof source === 'string' || source instanceof URL;
  const isAddress = isPlace && /^https?:/i.test(String(source));
  if (isPlace && !isAddress) return openFile(source, { signal });
  if (source instanceof Blob) return blobSource(source);
  const bytes = bytesOf(source);
  if (bytes) return bytesSource(bytes, 'the file');
  const given = isAddress ? await fetchSound(source as string | URL, signal) : source;
  const stream = byteStreamOf(given, { maxBytes: maxStreamBytes, signal });
  if (stream) return spooledFile(stream);
  throw notUnderstood(source);
}
