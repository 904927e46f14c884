// The sounds of a shard, in their order: while the model runs, the next are read. Clips lie in batches by their order, not
// by what was ready first, so that a shard that is done again has the same scores to the last bit.

import { pMapIterable } from 'p-map';
import type { Entry } from '../job/entry.js';
import { failureRow } from '../results/result-row.js';
import { hearClips, type LoadedClip, loadClip } from './hear-clips.js';
import { hearEventsOf } from './hear-events-of.js';
import { checkHears } from './hear-noise.js';
import { hearWindows } from './hear-windows.js';
import type { HeardEntry, Hearing, HearingOptions } from './hearing.js';
import { soundError } from './sound-error.js';

/** Runs of the model at a time: one that runs, and one that gets ready. */
const concurrency = 2;

/**
 * Hears entries, each for itself: one that fails becomes a line with its error. Throws what is wrong with the model rather
 * than with a sound (`isOfTheModel`), what a model throws that hears nothing any more, and the signal's reason.
 */
export async function* hearEntries(
  entries: readonly Entry[],
  given: HearingOptions,
): AsyncGenerator<HeardEntry, void, undefined> {
  const { settings, signal, openSource, audio } = given;
  const { channel, kernel } = settings;
  const notes = new WeakMap<Entry, Set<string>>();
  const hearing: Hearing = {
    ...given,
    async withSound(entry, use) {
      const { start, end } = entry;
      const duration = end === undefined ? undefined : end - (start ?? 0);
      const onNote = (note: string) => {
        audio.onNote?.(note);
        notes.set(entry, (notes.get(entry) ?? new Set()).add(note));
      };
      const { sound, close } = await openSource(entry, { signal });
      try {
        return await use(sound, { ...audio, channel, kernel, start, duration, onNote, signal });
      } finally {
        await close();
      }
    },
  };
  for await (const { place, rows } of hearEach(entries, hearing)) {
    const [first, ...others] = rows;
    const noted = notes.get(entries[place]!);
    const isNoted = noted && first && !first.error;
    yield { place, rows: isNoted ? [{ ...first, note: [...noted].join(' ') }, ...others] : rows };
  }
}

/** The same, without notes. */
async function* hearEach(
  entries: readonly Entry[],
  hearing: Hearing,
): AsyncGenerator<HeardEntry, void, undefined> {
  const { settings, signal, onBegin } = hearing;
  const { events, hop, batch = 1 } = settings;
  if (events || hop !== undefined) {
    const hear = events ? hearEventsOf : hearWindows;
    yield* pMapIterable(
      entries,
      async (entry, place) => {
        onBegin?.(place);
        const rows = await hear(entry, hearing).catch(async (error) => {
          const failure = soundError(error, signal);
          // Where it hears nothing any more, as after a device is lost, the sound is not to blame.
          if (failure.code === 'runtime') await checkHears(hearing.classifier);
          return [failureRow(entry, failure)];
        });
        return { place, rows };
      },
      { concurrency },
    );
    return;
  }
  const clips = pMapIterable(
    entries,
    (entry, place) => {
      onBegin?.(place);
      return loadClip(entry, place, hearing);
    },
    { concurrency: (concurrency + 1) * batch },
  );
  const heard = pMapIterable(inBatches(clips, batch), (batch) => hearClips(batch, hearing), { concurrency });
  for await (const batch of heard) yield* batch;
}

/** In their order; those that could not be read lie between the others and do not count. */
async function* inBatches(
  clips: AsyncIterable<LoadedClip>,
  size: number,
): AsyncGenerator<readonly LoadedClip[]> {
  let batch: LoadedClip[] = [];
  let loaded = 0;
  for await (const clip of clips) {
    batch.push(clip);
    if ('samples' in clip) loaded++;
    if (loaded < size && batch.length < 2 * size) continue;
    yield batch;
    batch = [];
    loaded = 0;
  }
  if (batch.length > 0) yield batch;
}
