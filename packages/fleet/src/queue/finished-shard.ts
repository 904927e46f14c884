// What a worker leaves for the producer: events of a queue can be missed, this cannot.

import type { ShardOutcome } from '../job/shard-runner.js';
import { isRecord, readStoredRecord } from './stored-record.js';

/** How a shard ended: with results, or given up. */
export type FinishedShard =
  | { readonly is: 'done'; readonly outcome: ShardOutcome; readonly worker: string }
  | { readonly is: 'given up'; readonly why: string; readonly worker: string };

/** Undefined when the text is none. */
export function readFinishedShard(text: string): FinishedShard | undefined {
  const { worker, is, why, outcome } = readStoredRecord(text) ?? {};
  if (typeof worker !== 'string') return undefined;
  if (is === 'given up' && typeof why === 'string') return { is, why, worker };
  if (is !== 'done' || !isRecord(outcome)) return undefined;
  const { clips, seconds, failed, workSeconds, wasThere } = outcome;
  const amounts = { clips, seconds, failed, workSeconds };
  if (!Object.values(amounts).every((amount) => Number.isFinite(amount))) return undefined;
  return {
    is,
    worker,
    outcome: { ...(amounts as Omit<ShardOutcome, 'wasThere'>), wasThere: wasThere === true },
  };
}
