// Jobs for tests: shards of sounds that are not there, for runners that only sleep.

import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Shard, shardOf as shardOfEntries } from '@audiozoo/fleet';
import type { JobRecord } from '@audiozoo/fleet/queue';
import { resultPath } from './sleeping-runner.js';

export interface TestJob {
  readonly name: string;
  /** Of sounds and results. */
  readonly folder: string;
  readonly shards: number;
  readonly sounds: number;
  /** Numbers of shards, with numbers of sounds that end whoever hears them. */
  readonly poison?: readonly (readonly [shard: number, sound: number])[];
}

export function jobOf({ name, folder }: Pick<TestJob, 'name' | 'folder'>): JobRecord {
  return {
    name,
    out: folder,
    versions: { audiozoo: '0.1.0' },
    settings: {
      model: { name: 'sleeping', sha256: 'a'.repeat(64) },
      format: 'jsonl',
      scores: { kind: 'top', k: 3 },
      shardSeconds: 60,
    },
  };
}

export async function* shardsOf(job: TestJob): AsyncGenerator<Shard> {
  for (let number = 0; number < job.shards; number++) yield shardOf(job, number);
}

export function shardOf({ folder, sounds, poison = [] }: TestJob, number: number): Shard {
  const entries = Array.from({ length: sounds }, (_, sound) => {
    const isPoison = poison.some(([shard, at]) => shard === number && at === sound);
    const id = `${isPoison ? 'poison' : 'sound'}-${number}-${sound}.wav`;
    return { entry: { id, source: join(folder, id) }, seconds: 60 / sounds };
  });
  return shardOfEntries(entries);
}

export const isDoneIn =
  ({ folder }: Pick<TestJob, 'folder'>) =>
  (shard: Shard) =>
    access(resultPath(folder, shard)).then(
      () => true,
      () => false,
    );

/** What lies in the folder: results by sound, and how often each shard was done. */
export async function readResults({ folder }: Pick<TestJob, 'folder'>) {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
  const results = new Map<string, { readonly id: string; readonly error?: string }>();
  let lines = 0;
  for (const name of names) {
    for (const line of (await readFile(join(folder, name), 'utf8')).trim().split('\n')) {
      const result = JSON.parse(line);
      results.set(result.id, result);
      lines++;
    }
  }
  const runs = (await readFile(join(folder, 'runs.txt'), 'utf8').catch(() => '')).split('\n').filter(Boolean);
  return { results, lines, runs: runs.length };
}
