// Names with wildcards, which a shell did not fill in because they are quoted or too many.

import { join } from 'node:path';
import { Minimatch } from 'minimatch';

export interface Glob {
  /** Where to look: the names before the first that has a wildcard. */
  readonly folder: string;
  /** Whether a file is meant, by its path from the folder. */
  matches(path: string): boolean;
  /** Whether there may be such files in a folder below. */
  enters(path: string): boolean;
}

export function isGlob(text: string): boolean {
  return /[*?[{]|[!@+]\(/.test(text);
}

/** `*`, `?`, `[a-z]`, `{a,b}`, and `**` for folders in folders. Hidden files are not meant. */
export function readGlob(text: string): Glob {
  const names = text.split('/');
  const first = names.findIndex(isGlob);
  const pattern = new Minimatch(names.slice(first).join('/'), { nocomment: true, nonegate: true });
  return {
    folder: first === 0 ? '.' : join(...names.slice(0, first).map((name) => name || '/')),
    matches: (path) => pattern.match(path),
    enters: (path) => pattern.match(path, true),
  };
}
