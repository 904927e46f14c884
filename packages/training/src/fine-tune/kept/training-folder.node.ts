// A folder of this machine's disk that a training fills.

import { rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileSink, makeFolder, notWritable, writeWhole } from '@audiozoo/core/disk';
import { openFile } from '@audiozoo/core/files';
import type { TrainingFolder } from './training-folder.js';

/** The folder `path`, which is made when the first file is written. */
export function trainingFolder(path: string): TrainingFolder {
  const folder = resolve(path);
  const place = (name: string) => join(folder, basename(name));
  return {
    name: path,
    async open(name) {
      const isThere = await stat(place(name)).catch(() => undefined);
      return isThere && openFile(place(name));
    },
    async write(name, fill) {
      await makeFolder(folder).catch(notWritable(folder));
      await writeWhole(place(name), async (partial) => {
        const file = await fileSink(partial, place(name));
        try {
          await fill(file);
        } finally {
          await file.close();
        }
      });
    },
    async remove(name) {
      await rm(place(name), { force: true });
    },
  };
}
