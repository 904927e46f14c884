// How fast a worker is: what it has done in the last minutes, by its own steady clock.

import type { Rate } from './worker-record.js';

const span = 300_000;

export interface RecentWork {
  add(job: string, done: { readonly clips: number; readonly seconds: number }): void;
  /** By job. */
  rates(): Record<string, Rate>;
}

export function openRecentWork(now = () => performance.now()): RecentWork {
  const began = now();
  let shards: {
    readonly at: number;
    readonly job: string;
    readonly clips: number;
    readonly seconds: number;
  }[] = [];
  return {
    add(job, { clips, seconds }) {
      shards.push({ at: now(), job, clips, seconds });
    },
    rates() {
      const time = now();
      shards = shards.filter(({ at }) => time - at < span);
      const elapsed = Math.max(1, Math.min(span, time - began) / 1000);
      const rates: Record<string, Rate> = {};
      for (const { job, clips, seconds } of shards) {
        const sum = rates[job] ?? { clips: 0, sound: 0 };
        rates[job] = { clips: sum.clips + clips / elapsed, sound: sum.sound + seconds / elapsed };
      }
      return rates;
    },
  };
}
