// Where bytes come from: a file, a Blob, memory. Read by range, so that a 350 MB checkpoint is never in
// memory whole.

import { rest } from '../checks/rest.js';
import { AudiozooError } from '../errors.js';

export interface ByteSource {
  /** What to call it in messages. */
  readonly name: string;
  /** Bytes in all. */
  readonly size: number;
  /** Where it lies on this machine, links resolved, for runtimes that map files themselves. */
  readonly path?: string | undefined;
  /** Of `path`, which file that was when it was opened, and in which state: `fileStamp` of core/disk. */
  readonly stamp?: string | undefined;
  /** Of what comes over a network: brings all of it, after which `path` says where it is kept, if it is. */
  fetchAll?(): Promise<void>;
  /** Exactly `length` bytes from `offset`; throws a `file` error when they are not there. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export function bytesSource(bytes: Uint8Array, name = 'bytes'): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    async read(offset, length) {
      checkRange(this, offset, length);
      return bytes.subarray(offset, offset + length);
    },
    async close() {},
  };
}

export function blobSource(blob: Blob, name = 'name' in blob ? String(blob.name) : 'blob'): ByteSource {
  return {
    name,
    size: blob.size,
    async read(offset, length) {
      checkRange(this, offset, length);
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
    },
    async close() {},
  };
}

/** Throws unless `[offset, offset + length)` lies inside the source. For implementations of `read`. */
export function checkRange(source: ByteSource, offset: number, length: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && offset + length <= source.size) return;
  throw new AudiozooError({
    code: 'file',
    what: `${source.name} ends too early`,
    expected: `bytes ${offset} to ${offset + length}`,
    got: `${source.size} bytes in all`,
    hint: 'The file may be cut short: download or copy it again.',
  });
}

/** How much is read at a time. Enough to keep a disk busy, little enough to hold several. */
export const blockBytes = 4 * 1024 * 1024;

/** Bytes of a source from `start` to `end`, block by block. */
export async function* sourceBlocks(
  source: ByteSource,
  start: number,
  end: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += blockBytes) {
    await rest(signal);
    yield await source.read(at, Math.min(blockBytes, end - at));
  }
}

/** What `use` makes of something that is open, which is closed again where that throws. */
export async function closingOnError<Result>(
  close: () => Promise<unknown>,
  use: () => Promise<Result>,
): Promise<Result> {
  try {
    return await use();
  } catch (error) {
    await close();
    throw error;
  }
}
