// A file on disk that is written beside its place and renamed, so that nobody ever sees half of it.

import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import type { FileOutput } from './average.js';

/** Writes the file `path`. Refuses, with a `file` error, a place where something already is. */
export function fileOutput(path: string): FileOutput {
  const target = resolve(path);
  const partial = `${target}.${randomBytes(6).toString('hex')}.partial`;
  const notWritable = (cause: unknown): never => {
    throw new AudiozooError({
      code: 'file',
      what: `${target} cannot be written`,
      got: String(cause),
      mend: 'Check the path, its permissions and the space left on the disk.',
      cause,
    });
  };
  return {
    async create() {
      await refuseUnlessFree(target);
      const handle = await open(partial, 'wx').catch(notWritable);
      return {
        async write(bytes) {
          for (let at = 0; at < bytes.length; ) {
            at += (await handle.write(bytes, at).catch(notWritable)).bytesWritten;
          }
        },
        async close() {
          await handle.sync(); // or a crash after the rename could leave an empty file
          await handle.close();
        },
      };
    },
    async commit() {
      await refuseUnlessFree(target);
      await rename(partial, target).catch(notWritable);
    },
    async abort() {
      await rm(partial, { force: true });
    },
  };
}

async function refuseUnlessFree(target: string): Promise<void> {
  if (!(await stat(target).catch(() => undefined))) return;
  throw new AudiozooError({
    code: 'file',
    what: `${target} is already there`,
    expected: 'a file that does not exist yet',
    mend: 'Name another file, or remove this one first.',
  });
}
