// Notes about a shard whose workers have died, which the next ones read: which sound was being tried. A sound that was so
// three times is put to the shard's failures. Whoever is killed for another reason is not killed at the same sound thrice.

import type { RedisClient } from './connection.js';
import { notesKey } from './keys.js';
import { isRecord, readStoredRecord } from './stored-record.js';

/** From so many deaths on, sounds are tried one after the other. */
const carefulAfter = 2;
/** Of workers, while the same sound was being tried. */
const mostDeaths = 3;

export interface ShardNotes {
  /** Places of sounds that are not tried again, and why. */
  readonly causes: Readonly<Record<number, string>>;
  /** Notes which sound is tried; undefined where there is no need to. */
  readonly onTry: ((place: number | undefined) => Promise<void>) | undefined;
  /** The sound that is being tried has nothing to do with the end of this worker. */
  absolve(): Promise<void>;
}

interface Notes {
  trying?: number | undefined;
  /** By place. */
  readonly deaths: Record<string, number>;
}

/** Reads what is noted of a shard whose workers have died so many times. */
export async function openShardNotes(
  client: RedisClient,
  job: string,
  shardId: string,
  died: number,
): Promise<ShardNotes> {
  const key = notesKey(job);
  if (died < carefulAfter) return { causes: {}, onTry: undefined, async absolve() {} };
  const notes = readNotes(await client.hget(key, shardId));
  const save = () => client.hset(key, shardId, JSON.stringify(notes));
  if (notes.trying !== undefined) notes.deaths[notes.trying] = (notes.deaths[notes.trying] ?? 0) + 1;
  notes.trying = undefined;
  await save();
  const fatal = Object.keys(notes.deaths).filter((place) => notes.deaths[place]! >= mostDeaths);
  const cause = `each of the ${mostDeaths} workers that heard it ended there and then`;
  return {
    causes: Object.fromEntries(fatal.map((place) => [place, cause])),
    async onTry(place) {
      notes.trying = place;
      await save();
    },
    async absolve() {
      notes.trying = undefined;
      await save();
    },
  };
}

function readNotes(text: string | null): Notes {
  const { trying, deaths } = readStoredRecord(text) ?? {};
  const counts = Object.entries(isRecord(deaths) ? deaths : {}).filter(
    ([place, count]) => /^\d{1,6}$/.test(place) && Number.isInteger(count),
  );
  return {
    trying: Number.isInteger(trying) ? (trying as number) : undefined,
    deaths: Object.fromEntries(counts) as Record<string, number>,
  };
}
