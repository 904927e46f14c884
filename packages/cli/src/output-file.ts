// Files appear under their names whole or not at all: written beside, then renamed.

import { randomBytes } from 'node:crypto';
import { access, constants, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import { isFolder } from './folder.js';

/** Throws a `file` error when nothing can be written at `path`; for before long work. */
export async function checkOutput(path: string): Promise<void> {
  if (await isFolder(path)) throw notWritable(path, 'a folder of that name');
  const folder = dirname(path);
  if (!(await isFolder(folder))) throw notWritable(path, `no folder ${folder}`);
  try {
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw notWritable(path, `a folder ${folder} that is not writable`, cause);
  }
}

/** Writes a file. On failure or abort nothing is left, and a file that was there stays as it was. */
export async function writeOutput(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  await checkOutput(path);
  // Links are written through, and what is no file (a pipe, /dev/null) cannot be replaced.
  const target = await realpath(path).catch(() => path);
  const isOther = await stat(target).then(
    (status) => !status.isFile(),
    () => false,
  );
  if (isOther) return writeFile(target, bytes, { signal });

  const temporary = `${target}.${randomBytes(6).toString('hex')}.partial`;
  try {
    await writeFile(temporary, bytes, { flag: 'wx', signal });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    signal.throwIfAborted();
    throw notWritable(path, String(error), error);
  }
}

function notWritable(path: string, got: string, cause?: unknown): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${path} cannot be written`,
    expected: 'a file name in a folder that is there',
    got,
    cause,
  });
}
