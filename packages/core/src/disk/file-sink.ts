// A file on disk while it is written, under another name than it will have.

import { open } from 'node:fs/promises';
import type { FileSink } from '../files/file-sink.js';
import { notWritable } from './not-writable.js';

/** Makes the file `path`, which must not be there. Its errors name `target`, what the caller asked for. */
export async function fileSink(path: string, target: string): Promise<FileSink> {
  const refuse = notWritable(target);
  const handle = await open(path, 'wx').catch(refuse);
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at).catch(refuse)).bytesWritten;
    },
    async close() {
      try {
        await handle.sync().catch(refuse); // or a crash after the rename could leave an empty file
      } finally {
        await handle.close().catch(refuse);
      }
    },
  };
}
