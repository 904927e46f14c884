// What a file system refuses, in words that help.

import { AudiozooError } from '../errors.js';

/** By the system's name for it: what is wrong, and how to mend it. */
const reasons: Readonly<Record<string, readonly [why: string, hint: string]>> = {
  ENOSPC: ['the disk is full', 'Free space on it, or write to another.'],
  EDQUOT: ['your quota of the disk is used up', 'Remove files of yours on it, or write to another.'],
  EFBIG: [
    'it is larger than a file may be there',
    'The file system or a limit (`ulimit -f`) bounds files: write to another disk, or raise the limit.',
  ],
  EROFS: ['the disk can only be read', 'Write to another.'],
  EACCES: ['permission is denied', "Check the folder's permissions, or write to another."],
  EPERM: ['permission is denied', "Check the folder's permissions, or write to another."],
  ENOENT: ['there is no such folder', 'Make the folder first.'],
  ENOTDIR: ['a part of its path is no folder', 'Check the path.'],
  EISDIR: ['a folder is in its place', 'Choose another name.'],
  ENAMETOOLONG: ['its name is too long', 'Choose a shorter one.'],
  EIO: ['the disk fails', 'Check the disk, or write to another.'],
  EMFILE: ['too many files are open', 'Close some, or raise the limit (`ulimit -n`).'],
};

/** Rethrows what the file system refused as a `file` error about `target`, which says why where that is known. */
export function notWritable(target: string): (cause: unknown) => never {
  return (cause) => {
    if (AudiozooError.isInstance(cause)) throw cause; // says what is wrong already
    const [why, hint] = reasons[(cause as NodeJS.ErrnoException | undefined)?.code ?? ''] ?? [];
    throw new AudiozooError({
      code: 'file',
      what: `${target} cannot be written${why === undefined ? '' : `: ${why}`}`,
      got: String(cause),
      hint: hint ?? 'Check the path, its permissions and the space left on the disk.',
      cause,
    });
  };
}
