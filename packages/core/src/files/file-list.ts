import { blobSource } from './byte-source.js';
import type { FileStore } from './file-store.js';

/**
 * Files that a person chose or dropped, found by their names. Of several with one name, which a folder with
 * subfolders may hold, the outermost.
 */
export function fileListStore(files: readonly File[]): FileStore {
  const depth = ({ webkitRelativePath = '' }: Partial<File>) => webkitRelativePath.split('/').length;
  const outermostFirst = [...files].sort((a, b) => depth(a) - depth(b));
  return {
    name: 'the chosen files',
    async open(name) {
      const file = outermostFirst.find((candidate) => candidate.name === name);
      return file && blobSource(file);
    },
  };
}
