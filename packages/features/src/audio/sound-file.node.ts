// The bytes of a sound file, wherever they are, in Node.

import { type ByteSource, blobSource, bytesSource } from '@audiozoo/core';
import { openFile } from '@audiozoo/core/files';
import { notUnderstood } from '../audio-source.js';
import { byteStreamOf, bytesOf } from './file-bytes.js';
import { spooledFile } from './spooled-file.js';

/** 16 GiB, which go to a temporary file. */
const maxStreamBytes = 2 ** 34;

/** Opens a sound file. Throws a `file` error when it is not there, an `argument` error when `source` is none. */
export async function openSoundFile(source: unknown, signal: AbortSignal | undefined): Promise<ByteSource> {
  if (typeof source === 'string' || source instanceof URL) return openFile(source, { signal });
  if (source instanceof Blob) return blobSource(source);
  const bytes = bytesOf(source);
  if (bytes) return bytesSource(bytes, 'the file');
  const stream = byteStreamOf(source, { maxBytes: maxStreamBytes, signal });
  if (stream) return spooledFile(stream);
  throw notUnderstood(source);
}
