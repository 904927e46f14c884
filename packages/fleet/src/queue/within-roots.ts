// Whether a worker may do a shard at all: of sounds in other folders than its own, another worker may know.

import { isAbsolute, normalize } from 'node:path';
import { liesIn } from '../input/source-access.js';
import type { Shard } from '../job/shard.js';

/** Whether a path lies in one of the folders, as it is written. Where links lead is seen to when it is opened. */
export function isWithin(path: string, roots: readonly string[]): boolean {
  return isAbsolute(path) && roots.some((root) => liesIn(normalize(path), root));
}

/** A path of the shard that lies outside; undefined when none does. Addresses are nobody's folder. */
export function pathOutside({ entries }: Shard, roots: readonly string[]): string | undefined {
  return entries.find(({ source }) => !/^(https?|s3):\/\//i.test(source) && !isWithin(source, roots))?.source;
}
