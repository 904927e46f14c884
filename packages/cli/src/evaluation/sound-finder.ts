// Sounds by the names that tables give them: a file's, or, as AudioSet has its segments, one without its ending.

import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import { quoteName } from '@audiozoo/core/plugin';

/** Where in `folder` the sound of a name is; what is not there, where it would be. Folders are listed once. */
export function soundFinder(folder: string): (name: string) => Promise<string> {
  const listings = new Map<string, Promise<ReadonlyMap<string, readonly string[]>>>();
  return async (name) => {
    const path = join(folder, name);
    if (await stat(path).catch(() => undefined)) return path;
    const parent = dirname(path);
    if (!listings.has(parent)) listings.set(parent, filesByStem(parent));
    const [file, other] = (await listings.get(parent)!).get(basename(path)) ?? [];
    if (other !== undefined) {
      throw new AudiozooError({
        code: 'file',
        what: `several files are called ${quoteName(name)}`,
        expected: 'one, whatever its ending',
        got: [file, other].map((found) => quoteName(found!)).join(' and '),
      });
    }
    return file === undefined ? path : join(parent, file);
  };
}

/** Names of files by what stands before their last dot. */
async function filesByStem(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const files = new Map<string, string[]>();
  for (const file of await readdir(folder).catch(() => [])) {
    const dot = file.lastIndexOf('.');
    if (dot <= 0) continue;
    const stem = file.slice(0, dot);
    files.set(stem, [...(files.get(stem) ?? []), file]);
  }
  return files;
}
