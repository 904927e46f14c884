// Long sound: a line for each window.

import { classifyWindows, embedWindows } from '@audiozoo/tasks';
import type { Entry } from '../job/entry.js';
import { entryRow, type ResultRow } from '../results/result-row.js';
import type { Hearing } from './hearing.js';
import { toldLabels, toldTime } from './told-labels.js';

/** What is heard in a window. */
type Told = Pick<ResultRow, 'labels' | 'scores' | 'embedding'>;

interface ToldWindow extends Told {
  readonly start: number;
  readonly end: number;
}

/** Hears a sound of any length. Throws as `classifyWindows` does. */
export async function hearWindows(entry: Entry, hearing: Hearing): Promise<ResultRow[]> {
  const { id, source } = entryRow(entry);
  const rows: ResultRow[] = [];
  let heardTo = entry.start ?? 0;
  await hearing.withSound(entry, async (sound, audio) => {
    const options = { ...audio, hop: hearing.settings.hop };
    const hasLabels = hearing.classifier.labels.length > 0;
    const windows = hasLabels
      ? labelledWindows(hearing, sound, options)
      : embedWindows(hearing.classifier, sound, options);
    for await (const { start, end, ...told } of windows) {
      const { labels, scores, embedding }: Told = told;
      const seconds = toldTime(end - Math.max(start, heardTo));
      heardTo = end;
      const times = { window: rows.length, start: toldTime(start), end: toldTime(end), seconds };
      rows.push({ id, source, ...times, labels, scores, embedding });
      hearing.onWindow?.();
    }
  });
  return rows;
}

/** Windows with their labels, and embeddings where they are asked for: one run of the model gives both. */
async function* labelledWindows(
  { classifier, settings }: Hearing,
  ...[sound, options]: Parameters<Parameters<Hearing['withSound']>[1]>
): AsyncGenerator<ToldWindow, void, undefined> {
  const { batch, embed, scores, hop } = settings;
  const { frontEnd, problemType, decoders } = classifier;
  const told: Told[] = [];
  const logits: typeof classifier.logits = async (clips, options) => {
    if (embed === undefined) {
      const answer = await classifier.logits(clips, options);
      const count = answer.shape[1]!;
      for (let row = 0; row < clips.length; row++) {
        told.push(toldLabels(answer.data.subarray(row * count, (row + 1) * count), classifier, scores));
      }
      return answer;
    }
    const { logits, embedding } = await classifier.outputs(clips[0]!, ['logits', 'embedding'], options);
    told.push({ ...toldLabels(logits!.data, classifier, scores), embedding: embedding!.data });
    return logits!;
  };
  const windowing = { ...options, hop, batch: embed === undefined ? batch : 1 };
  const windows = classifyWindows({ frontEnd, problemType, decoders, logits }, sound, windowing);
  for await (const { start, end } of windows) yield { start, end, ...told.shift()! };
}
