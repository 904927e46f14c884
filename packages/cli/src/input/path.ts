// What a person named: a folder or a file.

import { stat } from 'node:fs/promises';
import type { ByteSource, FileStore } from '@audiozoo/core';
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
