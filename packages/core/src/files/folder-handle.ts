import { AudiozooError } from '../errors.js';
import { blobSource } from './byte-source.js';
import { checkFileName } from './file-name.js';
import type { FileStore } from './file-store.js';

export function isFolderHandle(location: object): location is FileSystemDirectoryHandle {
  return 'getFileHandle' in location;
}

/** A folder that a browser was given a handle to. */
export function folderHandleStore(folder: FileSystemDirectoryHandle): FileStore {
  return {
    name: folder.name,
    async open(name) {
      checkFileName(name);
      try {
        return blobSource(await (await folder.getFileHandle(name)).getFile());
      } catch (cause) {
        if ((cause as Error).name === 'NotFoundError') return undefined;
        throw new AudiozooError({
          code: 'file',
          what: `${name} in ${folder.name} cannot be opened`,
          got: String(cause),
          hint: 'Choose the folder again, and allow the page to read it.',
          cause,
        });
      }
    },
  };
}
