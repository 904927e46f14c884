// The process that does shards. It is begun by `createShardRunner`, tells what it is at, and ends with who began it.

import { errorDescription } from '@audiozoo/core';
import type { AudioOptions, LocalClassifier } from '@audiozoo/tasks';
import { hearEntries } from '../hearing/hear-entries.js';
import { embeddingSize, soundRate } from '../hearing/hear-noise.js';
import type { Entry } from '../job/entry.js';
import type { JobSettings } from '../job/job-settings.js';
import type { OpenSource } from '../job/open-source.js';
import { failureRow, type ResultRow } from '../results/result-row.js';
import { writeShard } from '../results/write-shard.js';
import type { Answer, Order } from './messages.js';

/** What a process does shards with. */
export interface ShardWork {
  readonly classifier: LocalClassifier;
  readonly settings: JobSettings;
  /** Of the results. */
  readonly folder: string;
  readonly openSource: OpenSource;
  /** How sound is read: decoders and notes. */
  readonly audio?: Pick<AudioOptions, 'decoders' | 'decoder' | 'onNote'>;
}

/**
 * Does shards in this process, which `createShardRunner` has begun, until that ends it. `begin` is told what it was
 * begun with, and loads the model.
 */
export function serveShards(begin: (given: unknown) => Promise<ShardWork>): void {
  const { signal } = new AbortController();
  let work: ShardWork;
  let size = 0;
  const say = (answer: Answer) => void process.send?.(answer);
  const obey = async (order: Order): Promise<Answer> => {
    switch (order.to) {
      case 'begin':
        work = await begin(order.with);
        if (work.settings.embed !== undefined) size = await embeddingSize(work.classifier);
        return { is: 'ready' };
      case 'measure':
        return { is: 'done', secondsPerSecond: await soundRate(work.classifier, work.settings) };
      case 'try': {
        const { shard, places } = order;
        for await (const _ of hear(shard.entries, places)) {
          // only to see whether it can be done
        }
        return { is: 'done' };
      }
      case 'write': {
        const { shard, causes } = order;
        const { folder, settings } = work;
        const file = { folder, id: shard.id, settings, embeddingSize: size };
        return { is: 'done', counts: await writeShard(file, hearOthers(shard.entries, causes)) };
      }
    }
  };

  async function* hear(
    entries: readonly Entry[],
    places: readonly number[],
  ): AsyncGenerator<{ readonly place: number; readonly rows: readonly ResultRow[] }> {
    const chosen = places.map((place) => entries[place]!);
    const heard = hearEntries(chosen, {
      ...{ audio: {}, ...work },
      signal,
      onBegin: (index) => say({ is: 'begun', place: places[index]! }),
      onWindow: () => say({ is: 'alive' }),
    });
    for await (const { place: index, rows } of heard) {
      const seconds = rows.reduce((sum, row) => sum + row.seconds, 0);
      const place = places[index]!;
      const isHeard = rows.every(({ error }) => error === undefined);
      say({ is: 'ended', place, ...(isHeard && { heard: { seconds } }) });
      yield { place, rows };
    }
  }

  /** The lines of a shard in the order of its entries, those of known causes among them. */
  async function* hearOthers(
    entries: readonly Entry[],
    causes: Readonly<Record<number, string>>,
  ): AsyncGenerator<readonly ResultRow[]> {
    const isHeard = (place: number) => causes[place] === undefined;
    let next = 0;
    function* causesUpTo(end: number) {
      for (; next < end; next++) {
        yield [failureRow(entries[next]!, { code: 'runtime', message: causes[next]! })];
      }
    }
    for await (const { place, rows } of hear(entries, [...entries.keys()].filter(isHeard))) {
      yield* causesUpTo(place);
      yield rows;
      next = place + 1;
    }
    yield* causesUpTo(entries.length);
  }

  process.on('message', async (order: Order) => {
    try {
      say(await obey(order));
    } catch (error) {
      say({ is: 'failed', error: errorDescription(error, 'a shard cannot be done') });
    }
  });
  process.once('disconnect', () => process.exit());
  // Ctrl-C in a terminal reaches all processes: who has begun this one ends it.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => {});
}
