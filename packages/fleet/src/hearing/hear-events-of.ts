// Events along a sound: one line, with all of them.

import { byStart, hearEvents, type SoundEvent } from '@audiozoo/tasks';
import type { Entry } from '../job/entry.js';
import { entryRow, type ResultRow } from '../results/result-row.js';
import type { Hearing } from './hearing.js';
import { toldScore, toldTime } from './told-labels.js';

/** Hears the events of a sound of any length. Throws as `hearEvents` does. */
export async function hearEventsOf(
  entry: Entry,
  { classifier, settings, withSound, onWindow }: Hearing,
): Promise<ResultRow[]> {
  const { hop, batch } = settings;
  const found: SoundEvent[] = [];
  let seconds = 0;
  const onProgress = ({ done }: { readonly done: number }) => {
    seconds = done;
    onWindow?.();
  };
  await withSound(entry, async (sound, options) => {
    const hearing = { ...options, hop, batch, onProgress };
    for await (const event of hearEvents(classifier, sound, hearing)) found.push(event);
  });
  const events = found.sort(byStart).map(({ label, start, end, score }) => ({
    label,
    start: toldTime(start),
    end: toldTime(end),
    score: toldScore(score),
  }));
  return [{ ...entryRow(entry), seconds: toldTime(seconds), events }];
}
