// What a process that does shards is told, and what it says: plain records, since they are posted.

import type { ErrorDescription } from '@audiozoo/core';
import type { Shard } from '../job/shard.js';
import type { ShardCounts } from '../results/row-writer.js';

export type Order =
  /** Comes first: what the process is begun with, which it understands itself. */
  | { readonly to: 'begin'; readonly with: unknown }
  /** To hear these entries of a shard, and to throw away what was heard. */
  | { readonly to: 'try'; readonly shard: Shard; readonly places: readonly number[] }
  /** To write the results of a shard. Places are left out whose causes are told. */
  | { readonly to: 'write'; readonly shard: Shard; readonly causes: Readonly<Record<number, string>> }
  /** To say how fast it is. */
  | { readonly to: 'measure' };

export type Answer =
  | { readonly is: 'ready' }
  /** An entry begins, or ends: what is between the two when the process ends may have ended it. */
  | { readonly is: 'begun'; readonly place: number }
  | { readonly is: 'ended'; readonly place: number; readonly heard?: { readonly seconds: number } }
  /** A long sound goes on. */
  | { readonly is: 'alive' }
  | { readonly is: 'done'; readonly counts?: ShardCounts; readonly secondsPerSecond?: number }
  | { readonly is: 'failed'; readonly error: ErrorDescription };
