import { readdir, stat } from 'node:fs/promises';
import { AudiozooError } from '../errors.js';

/** Throws a `file` error unless a folder can be made at `target`: nothing is there, or an empty folder. */
export async function checkFolderIsFree(target: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (!found) return;
  const names = found.isDirectory() ? await readdir(target) : undefined;
  if (names?.length === 0) return;
  throw new AudiozooError({
    code: 'file',
    what: `${target} is already there`,
    expected: 'a folder that does not exist yet, or an empty one',
    got: names ? `a folder with ${names.slice(0, 3).join(', ')}` : 'a file',
    hint: 'Name another folder, or remove this one first.',
  });
}
