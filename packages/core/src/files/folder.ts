import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { openDiskFile } from './disk-file.js';
import { checkFileName } from './file-name.js';
import type { FileStore } from './file-store.js';

/** The files of a folder that is there. */
export async function openFolder(location: string | URL): Promise<FileStore> {
  // Hugging Face's cache is made of symlinks, and onnxruntime refuses those: go to the real folder.
  const folder = await realpath(location);
  return {
    name: String(location),
    async open(name) {
      checkFileName(name);
      return openDiskFile(join(folder, name));
    },
  };
}
