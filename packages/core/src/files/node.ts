// Files and folders in Node, behind the same interfaces as Blobs in a browser.

import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type ByteSource, checkRange } from '../byte-source.js';
import { AudiozooError } from '../errors.js';
import type { FileStore } from '../model-directory.js';
import { fileListStore } from './file-list.js';

/** Where files can come from: in Node a folder's path, in browsers the files that a person dropped. */
export type FilesLocation = string | URL | readonly File[];

/** Opens one file for reading by range. Throws a `file` error when it is not there or not a file. */
export async function openFile(path: string | URL): Promise<ByteSource> {
  const source = await openIfThere(path);
  if (source) return source;
  throw new AudiozooError({
    code: 'file',
    what: `${path} is not there`,
    expected: 'a file',
    mend: 'Check the path.',
  });
}

/** The files at a location, by name. Throws a `file` error when a path is not a folder. */
export async function openFiles(location: FilesLocation): Promise<FileStore> {
  if (typeof location !== 'string' && !(location instanceof URL)) return fileListStore(location);
  // Hugging Face's cache is made of symlinks, and onnxruntime refuses those: go to the real folder.
  const folder = await realpath(location).catch(() => undefined);
  if (folder === undefined || !(await stat(folder)).isDirectory()) {
    throw new AudiozooError({
      code: 'file',
      what: `${location} is not a folder`,
      expected: 'a model directory',
      mend: 'Name a folder that `audiozoo convert` wrote, or one downloaded from Hugging Face.',
    });
  }
  return {
    name: String(location),
    async open(name) {
      if (name !== basename(name)) {
        throw new AudiozooError({
          code: 'file',
          what: `${JSON.stringify(name)} is not a file name`,
          expected: 'a name without folders',
        });
      }
      return openIfThere(join(folder, name));
    },
  };
}

async function openIfThere(location: string | URL): Promise<ByteSource | undefined> {
  let path: string;
  let handle: FileHandle;
  try {
    path = await realpath(location);
    handle = await open(path, 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new AudiozooError({
      code: 'file',
      what: `${location} cannot be opened`,
      got: String(cause),
      cause,
    });
  }
  const status = await handle.stat();
  if (!status.isFile()) {
    await handle.close();
    throw new AudiozooError({ code: 'file', what: `${location} is not a file`, expected: 'a file' });
  }
  const source: ByteSource = {
    name: String(location),
    size: status.size,
    path,
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
