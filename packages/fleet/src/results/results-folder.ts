// The folder of a job's results: where in it what lies.

import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobSettings } from '../job/job-settings.js';

type Format = JobSettings['format'];

export const manifestPath = (folder: string) => join(folder, 'manifest.json');
export const failuresPath = (folder: string) => join(folder, 'failures.jsonl');
export const summaryPath = (folder: string) => join(folder, 'summary.json');
/** Of all that is done. */
export const shardsFolder = (folder: string) => join(folder, 'shards');
/** Of shards that were done of an earlier list of sounds. */
export const supersededFolder = (folder: string) => join(folder, 'superseded');

/** A shard is done where this file is. */
export const shardPath = (folder: string, id: string, format: Format) =>
  join(shardsFolder(folder), `${id}.${format}`);
/** Beside it, a row for each of its lines. */
export const embeddingsPath = (folder: string, id: string) => join(shardsFolder(folder), `${id}.npy`);

export function isDone(folder: string, id: string, format: Format): Promise<boolean> {
  return access(shardPath(folder, id, format)).then(
    () => true,
    () => false,
  );
}

/** The ids of the shards whose files lie in a folder. */
export async function shardsIn(folder: string, format: Format): Promise<string[]> {
  const ending = `.${format}`;
  const names = await readdir(folder).catch(() => []);
  const ids = names.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length));
  return ids.filter((id) => /^[0-9a-f]{32}$/.test(id)).sort();
}
