// Files appear under their names whole or not at all: written beside, then renamed.

import { access, constants, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import { fileSink, notWritable, writeWhole } from '@audiozoo/core/disk';
import { isFolder } from '../input/path.js';

/** So much is written before the signal is looked at again. */
const pieceBytes = 2 ** 20;

/** Throws a `file` error when nothing can be written at `path`; for before long work. */
export async function checkOutput(path: string): Promise<void> {
  if (await isFolder(path)) throw unusable(path, 'a folder of that name');
  const folder = dirname(path);
  if (!(await isFolder(folder))) throw unusable(path, `no folder ${folder}`);
  try {
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw unusable(path, `a folder ${folder} that is not writable`, cause);
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
  if (isOther) {
    return writeFile(target, bytes, { signal }).catch((cause) => {
      signal.throwIfAborted();
      return notWritable(path)(cause);
    });
  }

  const write = async (partial: string) => {
    const file = await fileSink(partial, path);
    try {
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        signal.throwIfAborted();
        await file.write(bytes.subarray(at, at + pieceBytes));
      }
    } finally {
      await file.close();
    }
    signal.throwIfAborted();
  };
  await writeWhole(target, write, path);
}

/** Writes a drawing as what the file's name says: `.svg`, or else PNG. */
export async function writePicture(path: string, svg: string, signal: AbortSignal): Promise<void> {
  if (path.toLowerCase().endsWith('.svg')) return writeOutput(path, Buffer.from(svg), signal);
  const { svgToPng } = await import('@audiozoo/pictures/png');
  await writeOutput(path, svgToPng(svg), signal);
}

function unusable(path: string, got: string, cause?: unknown): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${path} cannot be written`,
    expected: 'a file name in a folder that is there',
    got,
    cause,
  });
}
