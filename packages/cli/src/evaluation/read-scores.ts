// Scores along time that another program wrote, in place of a model's.

import { basename, extname, join } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import { audiosetStrongLabels } from '@audiozoo/core/labels';
import { detectEvents, type SoundEvent, smoothedSteps } from '@audiozoo/tasks';
import { holdScores } from '../input/held-scores.js';
import { readScoreTable } from '../input/score-table.js';
import { createProgressNotes } from '../session/progress.js';
import type { Session } from '../session/session.js';
import { labelsByName, namesByIdentifier } from './event-labels.js';
import { chooseScores, type EventsByFile, type Findings, type RecordingScores } from './findings.js';

interface Flags {
  readonly on: number;
  readonly median?: number;
}

/** The events of each file of a table whose scores are in `folder`, one table for each. */
export async function readScores(
  folder: string,
  table: EventsByFile,
  { on, median = 1 }: Flags,
  session: Session,
): Promise<Findings> {
  const reference = labelsByName(table, audiosetStrongLabels);
  const names = namesByIdentifier(audiosetStrongLabels);
  const detected = new Map<string, SoundEvent[]>();
  const files = new Map<string, RecordingScores>();
  const failures: { file: string; error: unknown }[] = [];
  const occurring = new Set([...reference.values()].flatMap((events) => events.map(({ label }) => label)));
  const held = holdScores();
  let labels: readonly string[] | undefined;
  const total = reference.size;
  const bar = (await session.progress()) ?? createProgressNotes(session.note);
  try {
    for (const [done, file] of [...reference.keys()].entries()) {
      bar.update({ done, total, unit: 'clips' });
      await session.letOthersRun();
      const path = join(folder, `${basename(file, extname(file))}.tsv`);
      try {
        const read = await readScoreTable(path);
        const ofFile = read.labels.map((label) => names.get(label) ?? label);
        labels ??= ofFile;
        if (ofFile.length !== labels.length || ofFile.some((label, place) => label !== labels![place])) {
          throw new AudiozooError({
            code: 'file',
            what: `${path} does not go with the other tables`,
            expected: `the columns ${labels.join(', ')}`,
            got: ofFile.join(', '),
          });
        }
        const steps = smoothedSteps(read.steps, { medianFilter: median });
        detected.set(
          file,
          detectEvents(
            steps,
            labels.map((name) => ({ name })),
            { threshold: { on }, medianFilter: 1 },
          ),
        );
        const judged = [...labels.keys()].filter((place) => occurring.has(labels![place]!));
        held.add(steps.length, 8 * judged.length * steps.length);
        files.set(file, { seconds: steps.at(-1)!.end, steps: chooseScores(steps, new Set(judged)) });
      } catch (error) {
        session.signal.throwIfAborted();
        if (held.areTooMany) throw error;
        failures.push({ file, error });
        reference.delete(file);
      }
    }
  } finally {
    bar.stop();
  }
  return {
    reference,
    detected,
    scores: { labels: labels?.filter((label) => occurring.has(label)) ?? [], files },
    failures,
  };
}
