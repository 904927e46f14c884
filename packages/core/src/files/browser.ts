// Files in a browser. Same names as in node.ts; a package's export condition chooses.

import { type ByteSource, blobSource } from '../byte-source.js';
import { AudiozooError } from '../errors.js';
import type { FileStore } from '../model-directory.js';
import { fileListStore } from './file-list.js';

export type FilesLocation = string | URL | readonly File[];

/** Opens one file for reading by range. */
export async function openFile(file: string | URL | Blob): Promise<ByteSource> {
  if (file instanceof Blob) return blobSource(file);
  throw pathsNeedNode(file);
}

/** Files that a person chose or dropped. */
export async function openFiles(location: FilesLocation): Promise<FileStore> {
  if (typeof location === 'string' || location instanceof URL) throw pathsNeedNode(location);
  return fileListStore(location);
}

function pathsNeedNode(location: string | URL): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: `${location} cannot be opened in a browser`,
    expected: 'File objects',
    mend: 'Pass the files that a person chose or dropped.',
  });
}
