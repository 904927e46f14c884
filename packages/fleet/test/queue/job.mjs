// Jobs for tests: shards of sounds that are not there, for runners that only sleep.

import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shardOf as shardOfEntries } from '@audiozoo/fleet';
import { resultPath } from './sleeping-runner.mjs';

/**
 * @param {Pick<import('./tasks.js').TestJob, 'name' | 'folder'>} job
 * @returns {import('@audiozoo/fleet/queue').JobRecord}
 */
export function jobOf({ name, folder }) {
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

/**
 * @param {import('./tasks.js').TestJob} job
 * @returns {AsyncGenerator<import('@audiozoo/fleet').Shard>}
 */
export async function* shardsOf(job) {
  for (let number = 0; number < job.shards; number++) yield shardOf(job, number);
}

/**
 * @param {import('./tasks.js').TestJob} job
 * @param {number} number
 * @returns {import('@audiozoo/fleet').Shard}
 */
export function shardOf({ folder, sounds, poison = [] }, number) {
  const entries = Array.from({ length: sounds }, (_, sound) => {
    const isPoison = poison.some(([shard, at]) => shard === number && at === sound);
    const id = `${isPoison ? 'poison' : 'sound'}-${number}-${sound}.wav`;
    return { entry: { id, source: join(folder, id) }, seconds: 60 / sounds };
  });
  return shardOfEntries(entries);
}

/**
 * @param {Pick<import('./tasks.js').TestJob, 'folder'>} job
 * @returns {(shard: import('@audiozoo/fleet').Shard) => Promise<boolean>}
 */
export const isDoneIn =
  ({ folder }) =>
  (shard) =>
    access(resultPath(folder, shard)).then(
      () => true,
      () => false,
    );

/**
 * What lies in the folder: results by sound, and how often each shard was done.
 *
 * @param {Pick<import('./tasks.js').TestJob, 'folder'>} job
 */
export async function readResults({ folder }) {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
  /** @type {Map<string, { readonly id: string; readonly error?: string }>} */
  const results = new Map();
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
