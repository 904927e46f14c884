import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AudiozooError } from '../errors.js';

/** Others may make and remove the same folders meanwhile: so often in a row they do not. */
const mostTries = 100;

/**
 * Makes a folder and those above it that are missing. Returns the topmost that was made; undefined where it was there. Throws what the
 * system refuses. As `mkdir` with `recursive`, but that tries for ever where the system says of a folder that is there that it is
 * not, as /proc does.
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  const folder = resolve(path);
  const parent = dirname(folder);
  let first: string | undefined;
  for (let tries = 1; ; tries++) {
    try {
      await mkdir(folder);
      return first ?? folder;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const there = await stat(folder).catch(() => undefined);
      if (there?.isDirectory()) return first;
      if (there || (code !== 'ENOENT' && code !== 'EEXIST')) throw error;
      if (tries === mostTries) throw madeByTheSystem(folder, error);
      if (code === 'ENOENT' && parent !== folder) first ??= await makeFolder(parent);
    }
  }
}

function madeByTheSystem(folder: string, cause: unknown): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${folder} cannot be made: only the system makes folders there`,
    got: String(cause),
    hint: 'Choose a place on a disk.',
    cause,
  });
}
