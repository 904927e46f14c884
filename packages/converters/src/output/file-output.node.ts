// A file on disk that is written beside its place and renamed, so that nobody ever sees half of it.

import { rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import { fileSink, notWritable, partialPath } from '@audiozoo/core/disk';
import type { FileOutput } from '../average.js';

/** Writes the file `path`. Refuses, with a `file` error, a place where something already is. */
export function fileOutput(path: string): FileOutput {
  const target = resolve(path);
  let partial: string | undefined;
  return {
    async create() {
      await refuseUnlessFree(target);
      partial = await partialPath(target);
      return fileSink(partial, target);
    },
    async commit() {
      await refuseUnlessFree(target);
      await rename(partial!, target).catch(notWritable(target));
    },
    async abort() {
      if (partial !== undefined) await rm(partial, { force: true });
    },
  };
}

async function refuseUnlessFree(target: string): Promise<void> {
  if (!(await stat(target).catch(() => undefined))) return;
  throw new AudiozooError({
    code: 'file',
    what: `${target} is already there`,
    expected: 'a file that does not exist yet',
    hint: 'Name another file, or remove this one first.',
  });
}
