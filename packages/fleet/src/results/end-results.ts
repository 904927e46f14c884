// Once every shard of a job is done: what it comes to, and what is no part of it.

import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileSink, makeFolder, notWritable, writeWhole } from '@audiozoo/core/disk';
import type { JobSettings } from '../job/job-settings.js';
import { readShard } from './read-shard.js';
import {
  embeddingsPath,
  failuresPath,
  shardPath,
  shardsFolder,
  shardsIn,
  summaryPath,
  supersededFolder,
} from './results-folder.js';

/** What a job came to. */
export interface ResultsSummary {
  readonly shards: number;
  /** Sounds that were heard. */
  readonly clips: number;
  /** Of sound that was heard. */
  readonly seconds: number;
  /** Sounds that could not be, and how many for what reason. */
  readonly failed: number;
  readonly failedByCode: Readonly<Record<string, number>>;
  /** Sounds that were heard, with a note on them. */
  readonly noted: number;
  /** Shards of an earlier list of sounds, which lie in `superseded`. */
  readonly superseded: number;
}

export interface EndOptions {
  readonly format: JobSettings['format'];
  readonly signal: AbortSignal;
}

/**
 * Writes `failures.jsonl` and `summary.json` of the shards of a whole walk, by their ids in its order, and moves those of
 * an earlier one away, which had other sounds. Throws a `file` error where it cannot, and the signal's reason.
 */
export async function endResults(
  folder: string,
  shards: ReadonlySet<string>,
  { format, signal }: EndOptions,
): Promise<ResultsSummary> {
  const superseded = await supersede(folder, shards, format);
  const failedByCode: Record<string, number> = Object.create(null);
  let [clips, seconds, failed, noted] = [0, 0, 0, 0];
  const path = failuresPath(folder);
  await writeWhole(path, async (partial) => {
    const file = await fileSink(partial, path);
    try {
      for (const id of shards) {
        signal.throwIfAborted();
        const found = await readShard(folder, id, format);
        clips += found.clips;
        seconds += found.seconds;
        failed += found.failed;
        noted += found.noted;
        for (const { code } of found.failures) failedByCode[code] = (failedByCode[code] ?? 0) + 1;
        const lines = found.failures.map((failure) => `${JSON.stringify(failure)}\n`);
        if (lines.length > 0) await file.write(Buffer.from(lines.join('')));
      }
    } finally {
      await file.close();
    }
  });
  const summary = { shards: shards.size, clips, seconds, failed, failedByCode, noted, superseded };
  await writeText(summaryPath(folder), `${JSON.stringify(summary, null, 2)}\n`);
  return summary;
}

async function writeText(path: string, text: string): Promise<void> {
  await writeWhole(path, async (partial) => {
    const file = await fileSink(partial, path);
    try {
      await file.write(Buffer.from(text));
    } finally {
      await file.close();
    }
  });
}

/** Moves shards that are no part of the job any more, with what lies beside them; returns how many lie there. */
async function supersede(
  folder: string,
  shards: ReadonlySet<string>,
  format: JobSettings['format'],
): Promise<number> {
  const refuse = notWritable(supersededFolder(folder));
  const others = (await shardsIn(shardsFolder(folder), format)).filter((id) => !shards.has(id));
  if (others.length > 0) await makeFolder(supersededFolder(folder)).catch(refuse);
  for (const id of others) {
    // The shard first: embeddings without one are nobody's, and go with the next.
    for (const path of [shardPath(folder, id, format), embeddingsPath(folder, id)]) {
      await rename(path, join(supersededFolder(folder), basename(path))).catch(
        (error: NodeJS.ErrnoException) => error.code === 'ENOENT' || refuse(error),
      );
    }
  }
  return (await shardsIn(supersededFolder(folder), format)).length;
}
