// What a person named: a folder, a file, a text.

import { readFile, stat } from 'node:fs/promises';
import { AudiozooError, type ByteSource, type FileStore } from '@audiozoo/core';
import { openFile, openFiles } from '@audiozoo/core/files';

/** Whether a folder is there; what is not there, or cannot be looked at, is none. */
export function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
}

/** Opens what a person named, a file or a folder, for as long as `use` takes. */
export async function withSource<T>(
  path: string,
  use: (source: ByteSource | FileStore) => Promise<T>,
): Promise<T> {
  if (await isFolder(path)) return use(await openFiles(path));
  const file = await openFile(path); // says what is wrong when nothing is there
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** A text file of at most `maxBytes`, which is checked before it is read. Throws a `file` error that says `why` not. */
export async function readTextFile(path: string, maxBytes: number, why = 'cannot be read'): Promise<string> {
  const refuse = (found: { expected?: string; got: string; cause?: unknown }) =>
    new AudiozooError({ code: 'file', what: `${path} ${why}`, ...found });
  const status = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw notThere(path, cause);
    throw refuse({ expected: 'a file', got: String(cause), cause });
  });
  if (!status.isFile()) throw refuse({ expected: 'a file', got: 'something else' });
  if (status.size > maxBytes) {
    throw refuse({ expected: `a file of at most ${maxBytes} bytes`, got: `${status.size}` });
  }
  return readFile(path, 'utf8');
}

function notThere(path: string, cause: unknown): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${path} is not there`,
    expected: 'a file',
    hint: 'Check the path.',
    cause,
  });
}
