// The data files of the official AST code: { "data": [{ "wav": "a.wav", "labels": "/m/09x0r,/t/dd00088" }] }.

import { resolve } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import { readTextFile } from '../text-file.js';
import type { Clip } from './clip.js';
import type { LabelIndex } from './label-index.js';

/** AudioSet's two million training clips take 300 MB. */
const maxBytes = 400_000_000;

/**
 * Reads a data file. Relative paths start from `audioFolder`. Throws `file` errors when it cannot be read or
 * understood, and on labels that no class has.
 */
export async function readOfficialJson(
  path: string,
  audioFolder: string,
  labels: LabelIndex,
): Promise<Clip[]> {
  const text = await readTextFile(path, maxBytes);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refuse(path, 'it is not sound JSON', String(cause));
  }
  const entries = isRecord(json) ? json.data : undefined;
  if (!Array.isArray(entries)) throw refuse(path, 'it has no list called "data"');
  if (entries.length === 0) throw refuse(path, 'its list is empty');
  return entries.map((entry: unknown, place) => {
    if (!isRecord(entry) || typeof entry.wav !== 'string' || typeof entry.labels !== 'string') {
      throw refuse(path, `entry ${place} has no "wav" and "labels"`, JSON.stringify(entry)?.slice(0, 100));
    }
    return {
      name: entry.wav,
      path: resolve(audioFolder, entry.wav),
      labels: labels.findAll(entry.labels, `${path}, entry ${place},`),
    };
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function refuse(path: string, why: string, got?: string): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${path} is no data file: ${why}`,
    expected: '{ "data": [{ "wav": "a.wav", "labels": "/m/09x0r,/t/dd00088" }] }',
    ...(got !== undefined && { got }),
  });
}
