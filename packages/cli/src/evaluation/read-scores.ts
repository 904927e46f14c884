// Scores along time that another program wrote, in place of a model's.

import { basename, extname, join } from 'node:path';
import { AudiozooError, type Label } from '@audiozoo/core';
import { audiosetStrongLabels } from '@audiozoo/core/labels';
import { quoteName } from '@audiozoo/core/plugin';
import { detectEvents, type SoundEvent, smoothedSteps, type TimedEvent } from '@audiozoo/tasks';
import { holdScores } from '../input/held-scores.js';
import { readScoreTable } from '../input/score-table.js';
import { createProgressNotes } from '../session/progress.js';
import type { Session } from '../session/session.js';
import { eventsOfLabels } from './event-labels.js';
import { chooseScores, type EventsByFile, type Findings, type RecordingScores } from './findings.js';

interface Flags {
  readonly on: number;
  readonly median?: number | undefined;
}

/** The events of each file of a table whose scores are in `folder`, one table for each. */
export async function readScores(
  folder: string,
  table: EventsByFile,
  { on, median = 1 }: Flags,
  session: Session,
): Promise<Findings> {
  checkStems(table);
  const held = holdScores();
  let judged: Judged | undefined;
  const detected = new Map<string, SoundEvent[]>();
  const files = new Map<string, RecordingScores>();
  const failures: { file: string; error: unknown }[] = [];
  const total = table.size;
  const bar = (await session.progress()) ?? createProgressNotes(session.note);
  try {
    for (const [done, file] of [...table.keys()].entries()) {
      bar.update({ done, total, unit: 'clips' });
      await session.letOthersRun();
      const path = join(folder, `${stemOf(file)}.tsv`);
      const read = await readScoreTable(path).catch((error: unknown) => {
        failures.push({ file, error });
      });
      if (!read) continue;
      judged ??= judgedBy(table, read.labels, session);
      if (read.labels.join('\t') !== judged.columns.join('\t')) {
        failures.push({ file, error: otherColumns(path, judged.columns, read.labels) });
        continue;
      }
      const { labels, places } = judged;
      const steps = smoothedSteps(read.steps, { medianFilter: median });
      detected.set(file, detectEvents(steps, labels, { threshold: { on }, medianFilter: 1 }));
      held.add(steps.length, 8 * places.size * steps.length);
      files.set(file, { seconds: steps.at(-1)!.end, steps: chooseScores(steps, places) });
    }
  } finally {
    bar.stop();
  }
  const { reference = new Map<string, TimedEvent[]>(), named = [] } = judged ?? {};
  for (const { file } of failures) reference.delete(file);
  return { reference, detected, scores: { labels: named, files }, failures };
}

/** What tables of these columns can be judged by. */
interface Judged {
  readonly columns: readonly string[];
  /** Of the columns. */
  readonly labels: readonly Label[];
  readonly reference: Map<string, TimedEvent[]>;
  /** Labels that there are events of, and their places among the columns. */
  readonly named: readonly string[];
  readonly places: ReadonlySet<number>;
}

/** Columns may be called by AudioSet's identifiers, as events may. */
function judgedBy(table: EventsByFile, columns: readonly string[], session: Session): Judged {
  const labels = columns.map((column): Label => {
    return (
      audiosetStrongLabels.find(({ mid, name }) => column === mid || column === name) ?? { name: column }
    );
  });
  const reference = eventsOfLabels(table, labels, 'the table of scores', session);
  const occurring = new Set([...reference.values()].flatMap((events) => events.map(({ label }) => label)));
  const places = [...labels.keys()].filter((place) => occurring.has(labels[place]!.name));
  const named = places.map((place) => labels[place]!.name);
  return { columns, labels, reference, named, places: new Set(places) };
}

function stemOf(file: string): string {
  return basename(file, extname(file));
}

/** Throws an `argument` error when one table would be that of two recordings. */
function checkStems(table: EventsByFile): void {
  const byStem = new Map<string, string>();
  for (const file of table.keys()) {
    const other = byStem.get(stemOf(file));
    byStem.set(stemOf(file), file);
    if (other === undefined) continue;
    throw new AudiozooError({
      code: 'argument',
      what: `several recordings would have the scores of ${quoteName(`${stemOf(file)}.tsv`)}`,
      expected: 'one, whatever its folder and ending',
      got: `${quoteName(other)} and ${quoteName(file)}`,
    });
  }
}

function otherColumns(path: string, expected: readonly string[], got: readonly string[]): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${path} does not go with the other tables`,
    expected: `the columns ${expected.join(', ')}`,
    got: got.join(', '),
  });
}
