import { AudiozooError } from '../errors.js';

/** Throws a `file` error unless `name` is one file's name, which cannot lead out of a folder. */
export function checkFileName(name: string): void {
  if (/^[^/\\\0]+$/.test(name) && name !== '.' && name !== '..') return;
  throw new AudiozooError({
    code: 'file',
    what: `${JSON.stringify(name)} is not a file name`,
    expected: 'a name without folders',
  });
}
