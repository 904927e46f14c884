// The data files of the official AST code, from this disk.

import { resolve } from 'node:path';
import { readTextFile } from '@audiozoo/core/disk';
import type { LabelIndex } from '@audiozoo/core/plugin';
import { parseOfficialJson } from '@audiozoo/training';
import type { Clip } from './clip.js';

/** AudioSet's two million training clips take 300 MB. They are read one by one. */
const maxBytes = 400_000_000;

/**
 * Reads a data file. Relative paths start from `audioFolder`. Throws `file` errors when it cannot be read or
 * understood, and on labels that no class has.
 */
export async function readOfficialJson(
  path: string,
  audioFolder: string,
  labels: LabelIndex,
  signal?: AbortSignal,
): Promise<Clip[]> {
  const clips = await parseOfficialJson(await readTextFile(path, maxBytes), path, signal);
  return clips.map(({ file, labels: list, where }) => ({
    name: file,
    path: resolve(audioFolder, file),
    labels: labels.findAll(list, where),
  }));
}
