// What workers are handed: a shard, and whose it is. It comes from a queue that others may write to, so it is checked.

import { type Refuse, refusing } from '@audiozoo/core/plugin';
import { shardOf } from '../job/cut-shards.js';
import type { Entry } from '../job/entry.js';
import type { Shard } from '../job/shard.js';
import { isJobName } from './job-name.js';
import { isRecord } from './stored-record.js';

export interface ShardTask {
  readonly job: string;
  /** Of what the job is, so that shards of one that was begun anew under the same name are told apart. */
  readonly jobHash: string;
  readonly shard: Shard;
}

/** So that a task is known by its job, and adding it twice is adding it once. */
export const taskId = (job: string, shardId: string) => `${job}/${shardId}`;

/** Of the tasks of a job, which have no colon in them. */
export const taskIdPrefix = (job: string) => `${job}/`;

/** More than `cutShards` ever puts into one. */
const mostEntries = 100_000;
const mostCharacters = 20_000;

/** Throws an `argument` error when it is none. */
export function readShardTask(data: unknown): ShardTask {
  const refuse = refusing('argument', 'what was in the queue', { expected: 'a shard of a job' });
  if (!isRecord(data)) throw refuse('is no record');
  const { job, jobHash, shard } = data;
  if (typeof job !== 'string' || !isJobName(job)) throw refuse('names no job');
  if (typeof jobHash !== 'string' || !/^[0-9a-f]{64}$/.test(jobHash))
    throw refuse('does not say of which job');
  if (!isRecord(shard)) throw refuse('has no shard');
  const { id, entries, seconds } = shard;
  if (typeof id !== 'string' || !/^[0-9a-f]{32}$/.test(id)) throw refuse('has a shard without a name');
  if (!Array.isArray(entries) || entries.length > mostEntries)
    throw refuse('has a shard without a list of sounds');
  if (!isAmount(seconds)) throw refuse('has a shard without a length');
  const read = entries.map((entry) => readEntry(entry, refuse));
  // Results are found by their shard's name: one that is not its own would put them in another's place.
  if (shardOf(read.map((entry) => ({ entry, seconds: 0 }))).id !== id)
    throw refuse("has a shard by another's name");
  return { job, jobHash, shard: { id, seconds, entries: read } };
}

function readEntry(entry: unknown, refuse: Refuse): Entry {
  if (!isRecord(entry)) throw refuse('has a sound that is no record');
  const { id, source, start, end, version } = entry;
  const texts = [id, source, ...(version === undefined ? [] : [version])];
  if (texts.some((text) => typeof text !== 'string' || text.length > mostCharacters || text.includes('\0'))) {
    throw refuse('has a sound without a name or a place');
  }
  for (const time of [start, end]) {
    if (time !== undefined && !isAmount(time)) throw refuse('has a sound whose bounds are no times');
  }
  return {
    id: id as string,
    source: source as string,
    ...(start !== undefined && { start: start as number }),
    ...(end !== undefined && { end: end as number }),
    ...(version !== undefined && { version: version as string }),
  };
}

const isAmount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;
