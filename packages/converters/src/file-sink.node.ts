// A file on disk while it is written, under another name than it will have.

import { open } from 'node:fs/promises';
import { AudiozooError } from '@audiozoo/core';
import type { FileSink } from './model-directory-sink.js';

/** Makes the file `path`, which must not be there. Its errors name `target`, what the caller asked for. */
export async function fileSink(path: string, target: string): Promise<FileSink> {
  const handle = await open(path, 'wx').catch(notWritable(target));
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length; ) {
        at += (await handle.write(bytes, at).catch(notWritable(target))).bytesWritten;
      }
    },
    async close() {
      try {
        await handle.sync().catch(notWritable(target)); // or a crash after the rename could leave an empty file
      } finally {
        await handle.close();
      }
    },
  };
}

/** Rethrows what the file system refused as a `file` error about `target`. */
export function notWritable(target: string): (cause: unknown) => never {
  return (cause) => {
    throw new AudiozooError({
      code: 'file',
      what: `${target} cannot be written`,
      got: String(cause),
      mend: 'Check the path, its permissions and the space left on the disk.',
      cause,
    });
  };
}
