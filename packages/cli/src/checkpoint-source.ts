import { stat } from 'node:fs/promises';
import type { ByteSource, FileStore } from '@audiozoo/core';
import { openFile, openFiles } from '@audiozoo/core/files';

/** Opens what a person named, a file or a folder, for as long as `use` takes. */
export async function withSource<T>(
  path: string,
  use: (source: ByteSource | FileStore) => Promise<T>,
): Promise<T> {
  const isFolder = await stat(path).then(
    (status) => status.isDirectory(),
    () => false, // openFile says what is wrong
  );
  if (isFolder) return use(await openFiles(path));
  const file = await openFile(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
