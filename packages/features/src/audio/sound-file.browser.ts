// The bytes of a sound file, wherever they are, in a browser.

import { type ByteSource, blobSource, bytesSource } from '@audiozoo/core';
import { notUnderstood } from '../audio-source.js';
import { fetchSound } from './fetched-sound.js';
import { byteStreamOf, bytesOf } from './file-bytes.js';

/** 2 GiB, which browsers keep in memory or on the disk as they see fit. */
const maxStreamBytes = 2 ** 31;

/** Opens a sound file. Throws a `file` error when it cannot be fetched, an `argument` error when `source` is none. */
export async function openSoundFile(source: unknown, signal: AbortSignal | undefined): Promise<ByteSource> {
  if (source instanceof Blob) return blobSource(source);
  const bytes = bytesOf(source);
  if (bytes) return bytesSource(bytes, 'the file');
  const given =
    typeof source === 'string' || source instanceof URL ? await fetchSound(source, signal) : source;
  const stream = byteStreamOf(given, { maxBytes: maxStreamBytes, signal });
  if (!stream) throw notUnderstood(source);
  const chunks: BlobPart[] = [];
  for await (const chunk of stream.chunks) chunks.push(chunk as Uint8Array<ArrayBuffer>);
  return blobSource(new Blob(chunks), stream.name);
}
