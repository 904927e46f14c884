// Where a training keeps how far it is, and puts the model that comes of it.

import { type ByteSource, bytesSource, type FileStore } from '@audiozoo/core';
import { concatenate, type FileSink } from '@audiozoo/core/plugin';

export interface TrainingFolder extends FileStore {
  /**
   * Makes a file, in the place of the one of that name. It appears whole: after an error the one before is as it was. `name` is one file
   * name, never a path.
   */
  write(name: string, fill: (file: FileSink) => Promise<void>): Promise<void>;
  /** Does nothing where no such file is. */
  remove(name: string): Promise<void>;
}

/** A folder in memory: models load from it. */
export function memoryFolder(name = 'a trained model'): TrainingFolder {
  const files = new Map<string, Uint8Array>();
  return {
    name,
    async open(fileName): Promise<ByteSource | undefined> {
      const bytes = files.get(fileName);
      return bytes && bytesSource(bytes, fileName);
    },
    async write(fileName, fill) {
      const pieces: Uint8Array[] = [];
      await fill({
        async write(bytes) {
          pieces.push(bytes.slice());
        },
        async close() {},
      });
      files.set(fileName, concatenate(Uint8Array, pieces));
    },
    async remove(fileName) {
      files.delete(fileName);
    },
  };
}

export function writeText(folder: TrainingFolder, name: string, text: string): Promise<void> {
  return folder.write(name, (file) => file.write(new TextEncoder().encode(text)));
}
