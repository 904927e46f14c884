// A runner that sleeps in place of hearing, and writes results as the real one does: whole or not at all.

import { appendFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Sounds whose source says `poison` end the process, as the system does when memory is short.
 *
 * @param {import('@audiozoo/fleet/queue').JobRecord} job
 * @param {import('./tasks.js').SleepingOptions} [options]
 * @returns {import('@audiozoo/fleet').ShardRunner}
 */
export function sleepingRunner({ out }, { sleep = 1, beforeWrite } = {}) {
  return {
    async run(shard, { signal, causes = {}, onTry }) {
      const begun = performance.now();
      const hear = async (place) => {
        if (/poison/.test(shard.entries[place].source)) process.kill(process.pid, 'SIGKILL');
        await new Promise((resolve) => setTimeout(resolve, sleep));
        signal.throwIfAborted();
      };
      const places = shard.entries.map((_, place) => place).filter((place) => causes[place] === undefined);
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

/**
 * @param {string} out
 * @param {Pick<import('@audiozoo/fleet').Shard, 'id'>} shard
 */
export const resultPath = (out, { id }) => join(out, `${id}.jsonl`);
