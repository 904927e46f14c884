// What workers say of themselves, every few seconds: a text that the queue forgets when it is not said again.

import type { RedisClient } from './connection.js';
import { workerKey, workersKey } from './keys.js';
import { isRecord, readStoredRecord } from './stored-record.js';

export interface WorkerRecord {
  readonly host: string;
  readonly pid: number;
  /** Shards that it does at a time. */
  readonly slots: number;
  /** What it does: `working`, or why it does not. */
  readonly state: string;
  /** In the last minutes, by job. */
  readonly rates: Readonly<Record<string, Rate>>;
}

/** A second. */
export interface Rate {
  readonly clips: number;
  /** Seconds of sound: how many times faster than real time. */
  readonly sound: number;
}

/** Signs of life that may fail before a worker counts as dead. */
const patience = 5;

export async function sayAlive(
  client: RedisClient,
  id: string,
  record: WorkerRecord,
  heartbeat: number,
): Promise<void> {
  await client
    .pipeline()
    .set(workerKey(id), JSON.stringify(record), 'PX', patience * heartbeat)
    .sadd(workersKey, id)
    .exec();
}

export async function sayGone(client: RedisClient, id: string): Promise<void> {
  await client.pipeline().del(workerKey(id)).srem(workersKey, id).exec();
}

/** All workers that are alive, by their ids. */
export async function readWorkers(client: RedisClient): Promise<Map<string, WorkerRecord>> {
  const ids = await client.smembers(workersKey);
  const texts = ids.length > 0 ? await client.mget(ids.map(workerKey)) : [];
  const workers = new Map<string, WorkerRecord>();
  const gone: string[] = [];
  for (const [at, id] of ids.entries()) {
    const text = texts[at] ?? null;
    const record = text === null ? undefined : readWorker(text);
    if (record) workers.set(id, record);
    else gone.push(id);
  }
  if (gone.length > 0) await client.srem(workersKey, ...gone);
  return workers;
}

function readWorker(text: string): WorkerRecord | undefined {
  const record = readStoredRecord(text);
  if (!record) return undefined;
  const { host, pid, slots, state, rates } = record;
  const isWhole =
    typeof host === 'string' &&
    typeof state === 'string' &&
    Number.isInteger(pid) &&
    Number.isInteger(slots) &&
    isRecord(rates) &&
    Object.values(rates).every(
      (rate) => isRecord(rate) && Number.isFinite(rate.clips) && Number.isFinite(rate.sound),
    );
  return isWhole ? (record as unknown as WorkerRecord) : undefined;
}

/** Of workers together. */
export function summarizeWorkers(workers: ReadonlyMap<string, WorkerRecord>) {
  const all = [...workers.values()];
  const rates = new Map<string, Rate>();
  for (const worker of all) {
    for (const [job, { clips, sound }] of Object.entries(worker.rates)) {
      const sum = rates.get(job) ?? { clips: 0, sound: 0 };
      rates.set(job, { clips: sum.clips + clips, sound: sum.sound + sound });
    }
  }
  return { alive: all.length, slots: all.reduce((sum, { slots }) => sum + slots, 0), rates };
}
