// Bytes that come once and in order, such as an upload, in a temporary file: sound files are read here and there, and
// may be larger than memory.

import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AudiozooError, type ByteSource } from '@audiozoo/core';
import { openFile } from '@audiozoo/core/files';
import type { ByteStream } from './file-bytes.js';

/** The file of a stream, once it has come whole. Closing it removes it. Throws what the stream throws. */
export async function spooledFile({ name, chunks }: ByteStream): Promise<ByteSource> {
  const refuse = notKept(name);
  const folder = await mkdtemp(join(tmpdir(), 'audiozoo-')).catch(refuse);
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

function notKept(name: string): (cause: unknown) => never {
  return (cause) => {
    throw new AudiozooError({
      code: 'file',
      what: `${name} cannot be kept in ${tmpdir()} while it is read`,
      got: String(cause),
      mend: 'Make room there, or name another folder in TMPDIR.',
      cause,
    });
  };
}
