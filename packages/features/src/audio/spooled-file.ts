// Bytes that come once and in order, such as an upload, in a temporary file: sound files are read here and there, and
// may be larger than memory.

import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteSource } from '@audiozoo/core';
import { notWritable, temporaryFolder } from '@audiozoo/core/disk';
import { openFile } from '@audiozoo/core/files';
import type { ByteStream } from './file-bytes.js';

/** The file of a stream, once it has come whole. Closing it removes it. Throws what the stream throws. */
export async function spooledFile({ name, chunks }: ByteStream): Promise<ByteSource> {
  const folder = await temporaryFolder();
  const refuse = notWritable(folder);
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, 'sound');
    const handle = await open(path, 'wx', 0o600).catch(refuse);
    try {
      for await (const bytes of chunks) await handle.appendFile(bytes).catch(refuse);
    } finally {
      await handle.close();
    }
    const file = await openFile(path);
    return {
      ...file,
      name,
      async close() {
        await file.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
