// A job's sounds in shards. Where one ends is told by the sounds around that place alone: an entry that stands out among
// those within half a budget on both sides of it ends a shard. So a file that comes or goes changes the shard that it is in,
// and perhaps those beside it; all others keep their content, and with it their results.

import { createHash } from 'node:crypto';
import type { Entry, EstimatedEntry } from './entry.js';
import { publicSource } from './public-source.js';
import type { Shard } from './shard.js';

export interface CutShardsOptions {
  /** Of sound, of which shards have half as much to one and a half times as much, where single sounds are not longer. */
  readonly shardSeconds: number;
}

/** What shards hold is weighed in parts of a budget: whole ones, so that sums do not hang on what came before. */
const budget = 1_000_000;
const reach = budget / 2;
const most = budget + reach;
/** A budget of short sounds, and of long names: one and a half are less than 2,000 entries and 256 kB of JSON. */
const budgetEntries = 1300;
const budgetBytes = 160_000;
/** Of an entry's JSON beside its values. */
const nameBytes = 64;
/** What is heavier lies in a shard of its own anyway. */
const heaviest = 4 * budget;

/** An entry among others. */
interface Place {
  readonly entry: Entry;
  readonly seconds: number;
  /** Which of two stands out: the larger. */
  readonly key: string;
  /** Weight of all up to its end. */
  readonly end: number;
}

/** The entries in shards, in their order: the same on every machine. No more than two shards are in memory. */
export async function* cutShards(
  entries: AsyncIterable<EstimatedEntry>,
  { shardSeconds }: CutShardsOptions,
): AsyncGenerator<Shard, void, undefined> {
  let places: Place[] = []; // of the shard and behind it, and before it as far as they have a say
  let first = 0; // of the shard
  let begin = 0; // weight of all before it
  let total = 0;

  const takeShard = (isEnd: boolean): Shard => {
    const last = lastOfShard(places, { first, begin, isEnd });
    const taken = places.slice(first, last + 1);
    begin = places[last]!.end;
    const kept = places.findIndex(({ end }) => begin - end < reach);
    places = places.slice(kept);
    first = last + 1 - kept;
    return shardOf(taken);
  };

  for await (const { entry, seconds } of entries) {
    const weight = weightOf(entry, seconds / shardSeconds);
    total += weight;
    places.push({ entry, seconds, key: keyOf(entry), end: total });
    while (first < places.length && total - begin >= most + reach) yield takeShard(false);
  }
  while (first < places.length) yield takeShard(true);
}

/** The shard of these entries. */
export function shardOf(entries: readonly EstimatedEntry[]): Shard {
  const hash = createHash('sha256');
  for (const { entry } of entries) hash.update(`${identityOf(entry)}\n`);
  return {
    id: hash.digest('hex').slice(0, 32),
    entries: entries.map(({ entry }) => entry),
    seconds: entries.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** All that results hang on, in one order. Who signs an address anew has the same sound. */
function identityOf({ id, source, start, end, version }: Entry): string {
  return JSON.stringify([id, publicSource(source), start ?? null, end ?? null, version ?? null]);
}

/** A file that has changed ends shards where it did before. */
function keyOf({ source, start, end }: Entry): string {
  return createHash('sha256')
    .update(`${publicSource(source)}\0${start ?? ''}\0${end ?? ''}`)
    .digest('base64');
}

function weightOf(entry: Entry, budgets: number): number {
  const bytes = Buffer.byteLength(JSON.stringify(entry)) + nameBytes;
  const part = Math.max(budgets, 1 / budgetEntries, bytes / budgetBytes);
  return Math.min(heaviest, Math.ceil(budget * part));
}

interface ShardBegin {
  readonly first: number;
  readonly begin: number;
  /** Whether nothing comes behind the places. */
  readonly isEnd: boolean;
}

function lastOfShard(places: readonly Place[], { first, begin, isEnd }: ShardBegin): number {
  let behind = first; // the first that is too much
  while (behind < places.length && places[behind]!.end - begin <= most) behind++;
  for (let at = first; at < behind; at++) if (standsOut(places, at, isEnd)) return at;
  // None does. The one that does most of those before the end of the budget leaves enough for another shard.
  let best: number | undefined;
  for (let at = first; at < behind && places[at]!.end - begin <= budget; at++) {
    if (places[at]!.end - begin <= reach) continue;
    if (best === undefined || places[at]!.key > places[best]!.key) best = at;
  }
  return best ?? Math.max(first, behind - 1);
}

/** Whether a shard ends behind a place, whoever begins where. The beginning and the end of all stand out most. */
function standsOut(places: readonly Place[], at: number, isEnd: boolean): boolean {
  const { key, end } = places[at]!;
  if (isEnd && at === places.length - 1) return true;
  if (end < reach || (isEnd && places.at(-1)!.end - end < reach)) return false;
  for (let before = at - 1; before >= 0 && end - places[before]!.end < reach; before--) {
    if (places[before]!.key >= key) return false;
  }
  for (let after = at + 1; after < places.length && places[after]!.end - end < reach; after++) {
    if (places[after]!.key > key) return false;
  }
  return true;
}
