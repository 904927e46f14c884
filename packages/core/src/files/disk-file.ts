import { type BigIntStats, constants, type Stats } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { stampOf } from '../disk/file-stamp.js';
import { AudiozooError } from '../errors.js';
import { type ByteSource, checkRange } from './byte-source.js';

/** A file of this machine's disk, open for reading by range; undefined when it is not there. */
export async function openDiskFile(location: string | URL): Promise<ByteSource | undefined> {
  const opened = await openRegular(location);
  if (!opened) return undefined;
  const { path, handle, size, stamp } = opened;
  const source: ByteSource = {
    name: String(location),
    size,
    path,
    stamp,
    async read(offset, length) {
      checkRange(source, offset, length);
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) checkRange({ ...source, size: offset + filled }, offset, length);
        filled += bytesRead;
      }
      return bytes;
    },
    async close() {
      await handle.close();
    },
  };
  return source;
}

/**
 * A file that is one, open for reading. A pipe would keep whoever opens it waiting, and a device may never end: they
 * are refused before they are opened, or when they came in between.
 */
async function openRegular(
  location: string | URL,
): Promise<{ path: string; handle: FileHandle; size: number; stamp: string } | undefined> {
  try {
    checkRegular(location, await stat(location));
    const path = await realpath(location);
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)); // Windows has none
    try {
      const status = await handle.stat({ bigint: true });
      checkRegular(location, status);
      return { path, handle, size: Number(status.size), stamp: stampOf(status) };
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (cause) {
    if (AudiozooError.isInstance(cause)) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new AudiozooError({
      code: 'file',
      what: `${location} cannot be opened`,
      got: String(cause),
      cause,
    });
  }
}

function checkRegular(location: string | URL, status: Stats | BigIntStats): void {
  if (status.isFile()) return;
  const got = status.isDirectory() ? 'a folder' : status.isFIFO() ? 'a pipe' : 'a device or socket';
  throw new AudiozooError({
    code: 'file',
    what: `${location} is not a file`,
    expected: 'a file',
    got,
    ...(!status.isDirectory() && { hint: 'Write what comes from it to a file, and name that.' }),
  });
}
