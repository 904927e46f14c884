// A runner that sleeps in place of hearing, and writes results as the real one does: whole or not at all.

import { appendFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Shard, ShardRunner } from '@audiozoo/fleet';
import type { JobRecord } from '@audiozoo/fleet/queue';

export interface SleepingOptions {
  /** Milliseconds for each sound. */
  readonly sleep?: number;
  /** Called instead of writing: may throw. */
  readonly beforeWrite?: () => Promise<void>;
}

/** Sounds whose source says `poison` end the process, as the system does when memory is short. */
export function sleepingRunner(
  { out }: JobRecord,
  { sleep = 1, beforeWrite }: SleepingOptions = {},
): ShardRunner {
  return {
    async run(shard, { signal, causes = {}, onTry }) {
      const begun = performance.now();
      const isTried = (place: number) => causes[place] === undefined;
      const hear = async (place: number) => {
        if (/poison/.test(shard.entries[place]!.source)) process.kill(process.pid, 'SIGKILL');
        await new Promise((resolve) => setTimeout(resolve, sleep));
        signal.throwIfAborted();
      };
      const places = shard.entries.map((_, place) => place).filter(isTried);
      if (onTry) {
        for (const place of places) {
          await onTry(place);
          await hear(place);
        }
        await onTry(undefined);
      }
      for (const place of places) await hear(place);
      const lines = shard.entries.map(({ id }, place) => JSON.stringify({ id, error: causes[place] }));
      await beforeWrite?.();
      const path = resultPath(out, shard);
      await writeFile(`${path}.${process.pid}`, `${lines.join('\n')}\n`);
      await rename(`${path}.${process.pid}`, path);
      await appendFile(join(out, 'runs.txt'), `${shard.id}\n`);
      const clips = places.length;
      return {
        ...{ clips, seconds: clips, failed: shard.entries.length - clips, wasThere: false },
        workSeconds: (performance.now() - begun) / 1000,
      };
    },
    async dispose() {},
  };
}

export const resultPath = (out: string, { id }: Pick<Shard, 'id'>) => join(out, `${id}.jsonl`);
