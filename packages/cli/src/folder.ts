import { stat } from 'node:fs/promises';

/** Whether a folder is there; what is not there, or cannot be looked at, is none. */
export function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
}
