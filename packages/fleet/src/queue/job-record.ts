// What a queue knows of a job: what it is, which does not change, its state, and counts.

import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import { listNames, quoteName } from '@audiozoo/core/plugin';
import type { JobSettings } from '../job/job-settings.js';
import type { RedisClient } from './connection.js';
import { finishedKey, jobKey, jobsKey, notesKey, refusalsKey } from './keys.js';
import { isRecord, readStoredRecord } from './stored-record.js';

/** What results are a function of, beside the sounds, and where they go. */
export interface JobRecord {
  readonly name: string;
  readonly settings: JobSettings;
  /** An absolute path of a folder that all workers share. */
  readonly out: string;
  /** Of what began the job, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

export type JobState =
  /** Shards are handed out, or would be, had it a producer. */
  | 'open'
  /** No more shards are to come. */
  | 'handed out'
  | 'done'
  | 'cancelled';

/** A job as it lies in Redis. */
export interface StoredJob {
  readonly record: JobRecord;
  /** Of what makes results differ, and where they go. */
  readonly hash: string;
  readonly state: JobState;
  readonly counts: JobCounts;
}

/** Since the producer began. */
export interface JobCounts {
  /** Shards whose results were there before. */
  readonly there: number;
  readonly handedOut: number;
  readonly done: number;
  /** Sounds that were heard, and how long they are in seconds. */
  readonly clips: number;
  readonly seconds: number;
  /** Sounds that could not be heard. */
  readonly failed: number;
  /** Seconds that workers took. */
  readonly workSeconds: number;
}

export const countNames = [
  'there',
  'handedOut',
  'done',
  'clips',
  'seconds',
  'failed',
  'workSeconds',
] as const;

/** After which a queue forgets jobs that are over, in seconds. */
const remembered = 7 * 24 * 3600;

/** A job that is over leaves its name to others. */
export const isOver = (state: JobState) => state === 'done' || state === 'cancelled';

/** What makes results differ, and where they go, in one order. */
export function jobHash({ settings, out }: JobRecord): string {
  return createHash('sha256').update(canonicalJson({ settings, out })).digest('hex');
}

/** Opens the job: anew, or where it was left. Throws an `argument` error when its name is another job's. */
export async function openJob(client: RedisClient, record: JobRecord): Promise<StoredJob> {
  const { name } = record;
  const there = await readJob(client, name);
  const hash = jobHash(record);
  if (there && there.hash !== hash && !isOver(there.state)) throw isAnother(there.record, record);
  const changes = client.multi();
  changes.sadd(jobsKey, name);
  if (there?.hash !== hash || isOver(there.state)) changes.del(jobKey(name), notesKey(name));
  changes.del(finishedKey(name), refusalsKey(name));
  for (const count of countNames) changes.hset(jobKey(name), count, 0);
  changes.hset(jobKey(name), { record: JSON.stringify(record), state: 'open' });
  changes.persist(jobKey(name));
  await changes.exec();
  return (await readJob(client, name))!;
}

/** The job of a name; undefined when there is none, or what is there is none. */
export async function readJob(client: RedisClient, name: string): Promise<StoredJob | undefined> {
  const stored = await client.hgetall(jobKey(name));
  const record = readRecord(stored.record, name);
  if (!record) return undefined;
  const counts = Object.fromEntries(countNames.map((count) => [count, Number(stored[count] ?? 0)]));
  return {
    record,
    hash: jobHash(record),
    state: stored.state as JobState,
    counts: counts as unknown as JobCounts,
  };
}

/** Of several jobs at once; undefined of those that are not there. */
export async function readStates(
  client: RedisClient,
  names: readonly string[],
): Promise<Map<string, JobState | undefined>> {
  const pipeline = client.pipeline();
  for (const name of names) pipeline.hget(jobKey(name), 'state');
  const answers = (await pipeline.exec()) ?? [];
  return new Map(names.map((name, at) => [name, (answers[at]?.[1] ?? undefined) as JobState | undefined]));
}

const handOutScript = `
if redis.call('HGET', KEYS[1], 'state') == 'open' then redis.call('HSET', KEYS[1], 'state', 'handed out') end`;

/** Says that no more shards are to come; nothing of a job that was cancelled meanwhile, or that the queue has forgotten. */
export async function setHandedOut(client: RedisClient, name: string): Promise<void> {
  await client.eval(handOutScript, 1, jobKey(name));
}

const endScript = `
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'open' and state ~= 'handed out' then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
return 1`;

/** Ends a job, and forgets what only its shards need. Returns whether it was not over already. */
export async function endJob(
  client: RedisClient,
  name: string,
  state: 'done' | 'cancelled',
): Promise<boolean> {
  const keys = [jobKey(name), finishedKey(name), notesKey(name), refusalsKey(name)];
  return (await client.eval(endScript, keys.length, ...keys, state, remembered)) === 1;
}

/** The names of all jobs that the queue remembers. */
export async function jobNames(client: RedisClient): Promise<string[]> {
  const names = await client.smembers(jobsKey);
  const pipeline = client.pipeline();
  for (const name of names) pipeline.exists(jobKey(name));
  const answers = (await pipeline.exec()) ?? [];
  const gone = names.filter((_, at) => answers[at]?.[1] === 0);
  if (gone.length > 0) await client.srem(jobsKey, ...gone);
  return names.filter((name) => !gone.includes(name)).sort();
}

/** What lies in Redis may be anybody's. */
function readRecord(text: string | undefined, name: string): JobRecord | undefined {
  const record = readStoredRecord(text);
  if (record?.name !== name) return undefined;
  const { settings, out, versions } = record;
  if (!isRecord(settings) || !isRecord(versions)) return undefined;
  const { model, format, shardSeconds, scores } = settings;
  const isWhole =
    isRecord(model) &&
    typeof model.name === 'string' &&
    typeof model.sha256 === 'string' &&
    (format === 'jsonl' || format === 'parquet') &&
    isRecord(scores) &&
    typeof shardSeconds === 'number' &&
    typeof out === 'string' &&
    isAbsolute(out) &&
    !out.includes('\0');
  return isWhole ? (record as unknown as JobRecord) : undefined;
}

function isAnother(there: JobRecord, wanted: JobRecord): AudiozooError {
  const [theirs, ours] = [there, wanted].map(facts) as [Record<string, string>, Record<string, string>];
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])];
  const different = names.find((name) => theirs[name] !== ours[name])!;
  return new AudiozooError({
    code: 'argument',
    what: `the queue has a job ${wanted.name} with another ${different}`,
    expected: theirs[different] ?? 'none',
    got: ours[different] ?? 'none',
    hint: 'Choose another `name`, or cancel that job.',
    option: 'name',
  });
}

function facts({ settings, out }: JobRecord): Record<string, string> {
  const all = Object.entries({ ...settings, out }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(all.map(([name, value]) => [name, canonicalJson(value)]));
}

/** JSON in which the order of keys is always the same. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    isRecord(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

/** That the queue has no such job. */
export function unknownJob(name: string, names: readonly string[]): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: `the queue has no job ${quoteName(name)}`,
    expected: names.length > 0 ? listNames(names) : 'a job, and there is none',
    option: 'name',
  });
}
