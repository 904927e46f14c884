// What the file of a shard says of its sounds, without what was heard.

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { AudiozooError } from '@audiozoo/core';
import { preview } from '@audiozoo/core/plugin';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { JobSettings } from '../job/job-settings.js';
import { countsKey } from './parquet-rows.js';
import { shardPath } from './results-folder.js';
import type { ShardCounts } from './row-writer.js';

/** A sound that could not be heard. As an input of another job, it is tried again. */
export interface Failure {
  readonly id: string;
  readonly source: string;
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  readonly code: string;
  readonly message: string;
}

export interface ShardFindings extends ShardCounts {
  readonly failures: readonly Failure[];
}

/** Reads a shard that is done. Throws a `file` error where it cannot be read, or is not what a job writes. */
export async function readShard(
  folder: string,
  id: string,
  format: JobSettings['format'],
): Promise<ShardFindings> {
  const path = shardPath(folder, id, format);
  try {
    return await (format === 'jsonl' ? readJsonLines(path) : readParquet(path));
  } catch (cause) {
    throw new AudiozooError({
      code: 'file',
      what: `${path} cannot be read as the results of a shard`,
      got: String(cause),
      hint: 'Check its permissions; where it is damaged, remove it, and the same job makes it anew.',
      cause,
    });
  }
}

async function readJsonLines(path: string): Promise<ShardFindings> {
  const failures: Failure[] = [];
  let [clips, seconds, noted] = [0, 0, 0];
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    const row = JSON.parse(line) as Record<string, unknown>;
    const { id, source, start, end, code, error } = row;
    if (error !== undefined) {
      failures.push({ id, source, start, end, code, message: error } as Failure);
      continue;
    }
    if (typeof row.seconds !== 'number') throw new Error(`a line is of no sound: ${preview(row)}`);
    seconds += row.seconds;
    if (row.window === undefined || row.window === 0) clips++;
    if (row.note !== undefined) noted++;
  }
  return { clips, seconds, failed: failures.length, noted, failures };
}

async function readParquet(path: string): Promise<ShardFindings> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const text = metadata.key_value_metadata?.find(({ key }) => key === countsKey)?.value;
  if (text === undefined) throw new Error('it does not say how many sounds it is of');
  const counts = JSON.parse(text) as ShardCounts;
  if (counts.failed === 0) return { ...counts, failures: [] };
  const columns = ['id', 'source', 'start', 'end', 'code', 'error'];
  const rows = await parquetReadObjects({ file, metadata, columns });
  const failures = rows
    .filter(({ error }) => error !== null)
    .map(({ id, source, start, end, code, error }) => ({
      ...{ id, source, start: start ?? undefined, end: end ?? undefined, code, message: error },
    })) as Failure[];
  return { ...counts, failures };
}
