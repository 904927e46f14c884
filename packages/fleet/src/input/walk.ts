// The files below a folder, in one order, a name at a time: what is held are the names of the folders that lead to it.

import type { Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AudiozooError } from '@audiozoo/core';

export interface FoundFile {
  /** From the folder that is walked, with `/` between names. */
  readonly path: string;
  /** Absent where the system does not let it be looked at. */
  readonly status: Stats | undefined;
}

export interface WalkOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether there may be something in a folder, by its path from the one that is walked. */
  readonly enters?: (path: string) => boolean;
  /** Told of hidden files and folders, and of folders that were walked already. */
  readonly onPassedOver: (path: string) => void;
  /** Told of folders below that cannot be read. */
  readonly onUnusable: (error: AudiozooError) => void;
}

/** How many are looked at side by side: of a disk on a network each takes its time. */
const lookedAtOnce = 64;

/**
 * Files below a folder. Links are followed; one that leads to a folder which is walked anyway, or was through another
 * link, is passed over, so that nobody walks in circles. Throws a `file` error when the folder itself cannot be read.
 */
export async function* walkFolder(
  folder: string,
  { signal, enters, onPassedOver, onUnusable }: WalkOptions,
): AsyncGenerator<FoundFile, void, undefined> {
  const walked = new Set([await realpath(folder).catch((cause) => refuse(folder, cause))]);
  const levels = [listed(folder, '', signal)];
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    const next = await level.next().catch((error: unknown) => {
      if (levels.length === 1 || !AudiozooError.isInstance(error)) throw error;
      onUnusable(error);
      return { done: true, value: undefined } as const;
    });
    if (next.done) {
      levels.pop();
      continue;
    }
    const { path, status } = next.value;
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (name.startsWith('.')) onPassedOver(path);
    else if (!status?.isDirectory()) yield next.value;
    else if (enters && !enters(path)) continue;
    else if (await leadsBack(join(folder, path), walked)) onPassedOver(path);
    else levels.push(listed(folder, path, signal));
  }
}

/** What is in a folder, folders too, by name. */
async function* listed(
  root: string,
  folder: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<FoundFile, void, undefined> {
  const names = await readdir(join(root, folder)).catch((cause) => refuse(join(root, folder), cause));
  names.sort();
  for (let first = 0; first < names.length; first += lookedAtOnce) {
    signal?.throwIfAborted();
    const paths = names
      .slice(first, first + lookedAtOnce)
      .map((name) => (folder === '' ? name : `${folder}/${name}`));
    const statuses = await Promise.all(paths.map((path) => stat(join(root, path)).catch(() => undefined)));
    for (const [index, path] of paths.entries()) yield { path, status: statuses[index] };
  }
}

/** Whether a folder is a link into what is or was walked; if not, it counts as walked from now on. */
async function leadsBack(path: string, walked: Set<string>): Promise<boolean> {
  const status = await lstat(path).catch(() => undefined);
  if (!status?.isSymbolicLink()) return false;
  const target = await realpath(path).catch(() => undefined);
  if (target === undefined) return true;
  for (let folder = target; ; folder = dirname(folder)) {
    if (walked.has(folder)) return true;
    if (folder === dirname(folder)) break;
  }
  walked.add(target);
  return false;
}

function refuse(path: string, cause: unknown): never {
  throw new AudiozooError({
    code: 'file',
    what: `${path} cannot be read`,
    expected: 'a folder',
    got: String(cause),
    cause,
  });
}
