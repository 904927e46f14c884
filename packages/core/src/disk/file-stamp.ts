// Which file it is, and in which state: the same for as long as nobody writes to it.

import { type BigIntStats, fstat, stat } from 'node:fs';
import { promisify } from 'node:util';

/**
 * The stamp of a path or an open file. The time of its status is left out: that changes with names and permissions,
 * too.
 */
export async function fileStamp(file: string | number): Promise<string> {
  const options = { bigint: true } as const;
  return stampOf(
    typeof file === 'number' ? await promisify(fstat)(file, options) : await promisify(stat)(file, options),
  );
}

export function stampOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}
