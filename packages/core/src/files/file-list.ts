import { blobSource } from '../byte-source.js';
import type { FileStore } from '../model-directory.js';

/** Files that a person chose or dropped, found by their names. */
export function fileListStore(files: readonly File[]): FileStore {
  return {
    name: 'the chosen files',
    async open(name) {
      const file = files.find((candidate) => candidate.name === name);
      return file && blobSource(file);
    },
  };
}
